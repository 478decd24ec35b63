from otter.test_files import test_case

OK_FORMAT = False

name = "q5"
points = None

@test_case(points=1, hidden=False)
def test_a_subset_translates_its_indices(env):
    from labkit import expect
    letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    chosen = [6, 1, 1, 4, 0]
    part = env['Subset'](letters, chosen)
    expect(len(part) == 5, 'indices-not-translated', f'a subset at five indices should have 5 samples, len gives {len(part)}')
    for index in (0, 1, 2, 3, 4, -1, -5):
        sample, wanted = (part[index], letters[chosen[index]])
        expect(sample == wanted, 'indices-not-translated', f'of a subset at {chosen}, sample {index} should be the one at {chosen[index]}, {wanted!r}; got {sample!r}')

@test_case(points=1, hidden=False)
def test_a_concatenation_crosses_its_boundaries(env):
    from labkit import expect
    parts = [['a0', 'a1', 'a2'], ['b0', 'b1'], ['c0', 'c1', 'c2', 'c3']]
    everything = sum(parts, [])
    joined = env['ConcatDataset'](parts)
    expect(len(joined) == 9, 'boundary', f'datasets of 3, 2 and 4 samples should give 9, len gives {len(joined)}')
    for index in (*range(9), *range(-9, 0)):
        sample, wanted = (joined[index], everything[index])
        expect(sample == wanted, 'boundary', f'of datasets of 3, 2 and 4 samples, sample {index} should be {wanted!r}; got {sample!r}')

@test_case(points=1, hidden=False)
def test_every_task_belongs_to_its_input(env):
    import numpy as np
    from labkit import expect, expect_error, same
    MultiTaskDataset = env['MultiTaskDataset']
    inputs = np.arange(12).reshape(4, 3)
    ages, smiles = (np.array([31, 62, 8, 45]), [True, False, True, True])
    dataset = MultiTaskDataset(inputs, {'age': ages, 'smiles': smiles})
    expect(len(dataset) == 4, 'pairs-torn', f'four inputs went in, len gives {len(dataset)}')
    for index in (0, 3, 1, -1):
        sample = dataset[index]
        wanted = (inputs[index], {'age': ages[index], 'smiles': smiles[index]})
        expect(same(sample, wanted), 'pairs-torn', f'sample {index} should be {wanted}, got {sample}')
    for count in (3, 5):
        targets = {'age': ages, 'smiles': [True] * count}
        expect_error(lambda targets=targets: MultiTaskDataset(inputs, targets), ValueError, 'lengths-differ', 'smiles', count, 4, of=f'a task smiles with {count} targets for 4 inputs')

@test_case(points=1, hidden=False)
def test_nothing_is_fetched_until_it_is_asked_for(env):
    import numpy as np
    from labkit import CountingDataset, expect
    for name, make, size, index, wanted in (('Subset', lambda a, b, c: env['Subset'](a, [5, 3, 1]), 3, 1, (1, 0, 0)), ('ConcatDataset', lambda a, b, c: env['ConcatDataset']([a, b]), 12, 8, (0, 1, 0)), ('MultiTaskDataset', lambda a, b, c: env['MultiTaskDataset'](a, {'x': b, 'y': c}), 6, 4, (1, 1, 1))):
        parts = [CountingDataset(np.arange(6) + 10 * i) for i in range(3)]
        dataset = make(*parts)
        length = len(dataset)
        expect(length == size, 'boundary', f'len of {name} should be {size}, got {length}')
        early = sum((len(part.fetched) for part in parts))
        expect(early == 0, 'composes-by-copying', f'before a sample of it was asked for, {name} had fetched {early} samples')
        dataset[index]
        counts = tuple((len(part.fetched) for part in parts))
        expect(counts == wanted, 'composes-by-copying', f'for sample {index} of {name}, the datasets below should be asked {wanted} times; they were asked {counts} times')

