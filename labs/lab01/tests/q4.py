from otter.test_files import test_case

OK_FORMAT = False

name = "q4"
points = None

@test_case(points=1, hidden=False)
def test_a_sample_asked_for_again_is_not_fetched_again(env):
    import numpy as np
    from labkit import CountingDataset, expect
    numbers = CountingDataset(np.arange(8) * 10)
    cached = env['CachedDataset'](numbers, 3)
    others = env['CachedDataset'](CountingDataset(np.arange(8) * 10 + 1), 3)
    expect(len(cached) == 8, 'pairs-torn', f'eight samples went in, len gives {len(cached)}')
    expect(numbers.fetched == [], 'loads-everything', f'before anything was asked for, {len(numbers.fetched)} samples were fetched')
    for index in (2, 0, 2, 0, 0, 5, 2):
        sample = cached[index]
        expect(sample == index * 10, 'pairs-torn', f'cached[{index}] should be {index * 10}, got {sample}')
    expect(numbers.fetched == [2, 0, 5], 'caches-nothing', f'asked for 2, 0, 2, 0, 0, 5, 2 with capacity 3, it should fetch 2, 0 and 5 once each; it fetched {numbers.fetched}')
    sample = others[2]
    expect(sample == 21, 'shared-cache', f'sample 2 of another cache, on another dataset, should be 21, got {sample}')

@test_case(points=1, hidden=False)
def test_no_more_than_capacity_is_remembered(env):
    import numpy as np
    from labkit import CountingDataset, expect, peak_memory

    class Images:

        def __len__(self):
            return 32

        def __getitem__(self, index):
            return np.full(1 << 20, index, dtype=np.uint8)
    numbers = CountingDataset(np.arange(5))
    cached = env['CachedDataset'](numbers, 3)
    for index in (0, 1, 2, 3, 4, 4, 3, 2, 1, 0):
        expect(cached[index] == index, 'pairs-torn', f'cached[{index}] should be {index}')
    again = len(numbers.fetched) - 5
    expect(again >= 2, 'unbounded-cache', f'with capacity 3, after all of 5 samples were asked for, at least 2 have to be fetched again; {again} were')

    def go_through():
        cached = env['CachedDataset'](Images(), 4)
        for index in range(32):
            expect(cached[index][0] == index, 'pairs-torn', f'cached[{index}] is another image')
    held = peak_memory(env, go_through) / (1 << 20)
    expect(held < 16, 'unbounded-cache', f'going through 32 images with capacity 4 took the memory of {held:.0f} images; 16 is the bound')

@test_case(points=1, hidden=False)
def test_the_least_recently_used_goes_first(env):
    import numpy as np
    from labkit import CountingDataset, expect
    for asked, kept in (([0, 1, 2, 3], [1, 2, 3]), ([0, 1, 2, 0, 3], [0, 2, 3]), ([0, 1, 2, 1, 0, 3, 4], [0, 3, 4])):
        numbers = CountingDataset(np.arange(10) * 10)
        cached = env['CachedDataset'](numbers, 3)
        for index in asked:
            expect(cached[index] == index * 10, 'pairs-torn', f'cached[{index}] is not its sample')
        numbers.fetched.clear()
        for index in kept:
            expect(cached[index] == index * 10, 'pairs-torn', f'cached[{index}] is not its sample')
        expect(numbers.fetched == [], 'forgets-the-wrong-one', f'asked for {asked} with capacity 3, it should remember {kept}; of these it fetched {numbers.fetched} again')

