from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = None

@test_case(points=1, hidden=False)
def test_getitems_gives_the_rows_of_its_indices(env):
    import numpy as np
    from labkit import expect, same
    images, labels = (np.arange(24).reshape(8, 3), np.arange(8, dtype=np.float32) * 10)
    dataset = env['TensorDataset'](images, labels)
    for indices in ([2, 3, 4], [5, 0, 5], [-1, 3], [7], range(6, 8), np.array([4, 1])):
        wanted = (images[np.asarray(indices)], labels[np.asarray(indices)])
        expect(same(dataset.__getitems__(indices), wanted, dtype=True), 'order-of-indices', f'__getitems__({indices!r}) should be the tuple of these rows of both arrays')

@test_case(points=1, hidden=False)
def test_a_batch_is_one_call_of_getitems(env):
    import numpy as np
    from labkit import BatchedCountingDataset, collect, expect, same
    rows = np.arange(20).reshape(10, 2)
    dataset = BatchedCountingDataset(rows)
    batches = collect(env['BatchedLoader'](dataset, batch_size=4))
    expect(same(batches, [rows[:4], rows[4:8], rows[8:]]), 'last-batch', '10 rows with batch_size=4 should give what __getitems__ returns for rows 0 to 3, 4 to 7, and 8 to 9')
    wanted = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    expect(dataset.batches == wanted and dataset.fetched == [], 'loop-per-sample', f'3 batches should be 3 calls of __getitems__; it was called {len(dataset.batches)} times, and single samples were fetched {len(dataset.fetched)} times')

@test_case(points=1, hidden=False)
def test_a_dataset_without_getitems_is_fetched_sample_by_sample(env):
    import numpy as np
    from labkit import CountingDataset, collect, expect, same
    images = np.arange(20).reshape(10, 2)
    dataset = CountingDataset([(images[i], i) for i in range(10)])
    try:
        batches = collect(env['BatchedLoader'](dataset, batch_size=4))
    except AttributeError as error:
        expect('__getitems__' not in str(error), 'optional-protocol', f'a dataset without __getitems__ ended in AttributeError: {error}')
        raise
    wanted = [(images[a:b], np.arange(a, b)) for a, b in ((0, 4), (4, 8), (8, 10))]
    expect(same(batches, wanted) and dataset.fetched == list(range(10)), 'optional-protocol', 'a dataset of 10 pairs without __getitems__ should be fetched one by one, each sample once, and give 3 batches made by stack')

@test_case(points=1, hidden=False)
def test_a_pass_costs_a_quarter_of_a_python_loop(env):
    import numpy as np
    from labkit import collect, cpu_ratio, expect, place
    rng, size = (np.random.default_rng(2), 1000)

    def fresh():
        images = rng.integers(0, 256, (40000, 2, 2), dtype=np.uint8)
        boxes = rng.integers(0, 256, (40000, 4), dtype=np.uint8)
        arrays = (images, boxes)
        return (arrays, [place(env, array) for array in arrays])

    def python_loop(arrays, placed):
        batches = []
        for start in range(0, len(arrays[0]), size):
            samples = [tuple((a[i] for a in arrays)) for i in range(start, start + size)]
            batches.append(tuple((np.stack(field) for field in zip(*samples))))
        return batches

    def answer(arrays, placed):
        return collect(env['BatchedLoader'](env['TensorDataset'](*placed), batch_size=size))
    ratio = cpu_ratio(env, answer, python_loop, fresh)
    expect(ratio >= 4, 'loop-per-sample', f'a pass takes {1 / ratio:.2f} times the CPU time of a Python loop over the samples; at most 0.25 times is wanted')

