from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=False)
def test_every_field_comes_from_the_same_row(env):
    import numpy as np
    from labkit import expect, same
    images = np.arange(5 * 4).reshape(5, 2, 2)
    labels = np.array([3, 1, 4, 1, 5])
    weights = np.linspace(0, 1, 5)
    dataset = env['TensorDataset'](images, labels, weights)
    expect(len(dataset) == 5, 'pairs-torn', f'five samples went in, len gives {len(dataset)}')
    for index in (0, 2, 4, -1):
        sample = dataset[index]
        expect(same(sample, (images[index], labels[index], weights[index])), 'pairs-torn', f'dataset[{index}] should be the image, the label and the weight of row {index}, got {sample}')

@test_case(points=1, hidden=False)
def test_lengths_that_differ_are_refused(env):
    import numpy as np
    from labkit import expect_error
    TensorDataset = env['TensorDataset']
    for lengths in ([7, 5], [6, 4, 6]):
        arrays = [np.zeros((length, 2)) for length in lengths]
        expect_error(lambda arrays=arrays: TensorDataset(*arrays), ValueError, 'lengths-differ', *lengths, of=f'TensorDataset of arrays of lengths {lengths}')

@test_case(points=1, hidden=False)
def test_arrays_are_not_copied(env):
    import numpy as np
    from labkit import expect, peak_memory, place, same
    rows = np.arange(4000000, dtype=np.float64).reshape(-1, 20)
    images = place(env, rows)

    def build_and_index():
        sample = env['TensorDataset'](images)[17]
        expect(same(sample, (rows[17],)), 'pairs-torn', 'dataset[17] should be row 17')
    copies = peak_memory(env, build_and_index) / rows.nbytes
    expect(copies < 0.5, 'copies-data', f'building the dataset and taking one sample took {copies:.1f} times the memory of the data; 0.5 times is the bound')

