from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = None

@test_case(points=1, hidden=False)
def test_every_sample_is_in_one_batch_unless_the_last_is_dropped(env):
    from labkit import CountingDataset, collect, expect, same
    for samples, size in ((7, 3), (6, 3), (2, 5), (4, 1), (0, 2)):
        for drop_last in (False, True):
            dataset = CountingDataset([10 * i for i in range(samples)])
            starts = range(0, samples, size)
            wanted = [[10 * i for i in range(s, min(s + size, samples))] for s in starts]
            wanted = [batch for batch in wanted if len(batch) == size or not drop_last]
            loader = env['DataLoader'](dataset, batch_size=size, drop_last=drop_last)
            batches = collect(loader)
            expect(same(batches, wanted), 'last-batch', f'{samples} samples with batch_size={size} and drop_last={drop_last} should give {wanted}, got {batches!r:.200}')

@test_case(points=1, hidden=False)
def test_len_is_the_number_of_batches(env):
    from labkit import CountingDataset, expect
    for samples in (7, 6, 5, 1, 0):
        for size in (1, 3, 6, 10):
            for drop_last in (False, True):
                dataset = CountingDataset(range(samples))
                loader = env['DataLoader'](dataset, batch_size=size, drop_last=drop_last)
                wanted = samples // size if drop_last else -(-samples // size)
                expect(len(loader) == wanted, 'len-rounds-wrong', f'{samples} samples with batch_size={size} and drop_last={drop_last}: len gives {len(loader)}, and there are {wanted} batches')

@test_case(points=1, hidden=False)
def test_collate_fn_makes_the_batch(env):
    from labkit import CountingDataset, expect, same
    sizes = []

    def total(samples):
        sizes.append(len(samples))
        return {'total': sum(samples)}
    dataset = CountingDataset(range(10))
    loader = env['DataLoader'](dataset, batch_size=4, collate_fn=total)
    batches = list(loader)
    expect(same(batches, [{'total': 6}, {'total': 22}, {'total': 17}]), 'collate-fn-ignored', f'a collate_fn that returns the sum of its samples was given; the batches are {batches!r:.100}')
    expect(sizes == [4, 4, 2], 'collate-fn-ignored', f'collate_fn should be called with 4, 4 and 2 samples, and was called with {sizes}')

@test_case(points=1, hidden=False)
def test_every_loop_is_a_pass_of_its_own(env):
    from labkit import CountingDataset, expect, same
    loader = env['DataLoader'](CountingDataset(range(5)), batch_size=2)
    wanted = [[0, 1], [2, 3], [4]]
    for attempt in ('first', 'second'):
        batches = list(loader)
        expect(same(batches, wanted), 'usable-once', f'the {attempt} pass should give {wanted}, got {batches!r:.100}')
    for batch in loader:
        break
    batches = list(loader)
    expect(same(batches, wanted), 'usable-once', f'a pass after a loop that ended by break should give {wanted}, got {batches!r:.100}')
    pairs = [(outer, inner) for outer in loader for inner in loader]
    expect(same(pairs, [(outer, inner) for outer in wanted for inner in wanted]), 'usable-once', f'two nested loops over one loader of 3 batches should see 9 pairs of batches, and saw {len(pairs)}')

@test_case(points=1, hidden=False)
def test_a_batch_size_below_one_is_refused(env):
    from labkit import CountingDataset, expect_error
    DataLoader, dataset = (env['DataLoader'], CountingDataset(range(5)))
    for size in (0, -2):
        expect_error(lambda: DataLoader(dataset, batch_size=size), ValueError, 'bad-argument', 'batch_size', size, of=f'a loader with batch_size={size}')

