from otter.test_files import test_case

OK_FORMAT = False

name = "q5"
points = None

@test_case(points=1, hidden=False)
def test_samples_are_batched_in_order_to_the_last(env):
    import numpy as np
    from labkit import expect, same
    for count, size in ((7, 3), (6, 3), (2, 5), (0, 2)):
        rows = np.arange(count * 2, dtype=np.float64).reshape(count, 2)
        batches = []
        for batch in env['assemble'](iter(list(rows)), batch_size=size, shape=(2,), dtype='int32'):
            batches.append(np.array(batch))
        wanted = [rows[start:start + size] for start in range(0, count, size)]
        sizes = [len(batch) for batch in batches]
        expect(same(batches, wanted), 'last-batch', f'{count} samples with batch_size={size} should give batches of {[len(batch) for batch in wanted]}, in order; got batches of {sizes}, or other values')
        for batch in batches:
            expect(batch.dtype == np.int32, 'dtype-changed', f'batches of dtype int32 were asked for, got {batch.dtype}')

@test_case(points=1, hidden=False)
def test_a_batch_handed_out_is_not_written_again(env):
    import numpy as np
    from labkit import collect, expect, same
    rows = np.arange(14).reshape(7, 2)
    source = iter(list(rows))
    kept = collect(env['assemble'](source, batch_size=3, shape=(2,), dtype='int64'))[:2]
    wanted = [rows[:3], rows[3:6]]
    expect(same(kept, wanted), 'reuses-a-batch', f'the batches of a pass were kept and looked at when it was over: the first two should hold {[b.tolist() for b in wanted]}, and hold {[np.asarray(b).tolist() for b in kept]}')

@test_case(points=1, hidden=False)
def test_a_pass_peaks_at_two_batches(env):
    import numpy as np
    from labkit import expect, peak_memory
    shape, size, batches = ((256, 512), 32, 4)
    one_batch = size * shape[0] * shape[1] * 4

    def source():
        for number in range(size * batches):
            yield np.full(shape, number, np.float64)

    def whole_pass():
        seen = 0
        for batch in env['assemble'](source(), batch_size=size, shape=shape, dtype='float32'):
            firsts = np.asarray(batch)[:, 0, 0].tolist()
            wanted = list(range(seen, seen + size))
            expect(firsts == wanted, 'last-batch', f'samples {seen} to {seen + size - 1} should be one batch; it has {len(firsts)}, and begins with {firsts[:3]}')
            seen += size
        expect(seen == size * batches, 'last-batch', f'{seen} samples of {size * batches} came')
    peak = peak_memory(env, whole_pass) / one_batch
    expect(peak < 2.5, 'holds-too-much', f'a pass over {batches} batches held {peak:.1f} batches at its peak; below 2.5 is wanted')

