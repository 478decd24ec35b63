from otter.test_files import test_case

OK_FORMAT = False

name = "q4"
points = None

@test_case(points=1, hidden=False)
def test_sequences_are_filled_up_to_the_longest(env):
    import numpy as np
    from labkit import expect, same
    for given, fill in (({}, 0), ({'padding': -1}, -1)):
        samples = [np.array([5, 6]), np.array([7, 8, 9, 4]), np.array([3])]
        values = env['pad_collate'](samples, **given)[0]
        wanted = np.array([[5, 6, fill, fill], [7, 8, 9, 4], [3, fill, fill, fill]])
        expect(same(values, wanted), 'list-of-arrays-is-an-array', f'[5, 6], [7, 8, 9, 4] and [3] with padding {fill} should give values {wanted.tolist()}, got {np.asarray(values).tolist()!r:.120}')

@test_case(points=1, hidden=False)
def test_lengths_say_where_the_data_ends(env):
    import numpy as np
    from labkit import expect, same
    for given in ([[4, 4, 4], [4]], [[0, 1, 0], [0, 0], [2]], [[], [0, 3]], [[], []]):
        samples = [np.array(sequence, dtype=np.int64) for sequence in given]
        batch = env['pad_collate'](samples)
        expect(isinstance(batch, (tuple, list)) and len(batch) == 2, 'lost-lengths', f'pad_collate should return two things, values and lengths, got {batch!r:.80}')
        values, lengths = (np.asarray(batch[0]), np.asarray(batch[1]))
        wanted = np.array([len(sequence) for sequence in given])
        expect(same(lengths, wanted) and lengths.dtype.kind in 'iu', 'lost-lengths', f'the lengths of {given} are the integers {wanted.tolist()}, got {lengths.tolist()}')
        longest = max(wanted)
        expect(values.shape == (len(given), longest), 'lost-lengths', f'values for {given} should have shape {(len(given), int(longest))}, got {values.shape}')

@test_case(points=1, hidden=False)
def test_padding_keeps_the_dtype(env):
    import numpy as np
    from labkit import expect
    for dtype, padding in (('uint8', 255), ('int64', -1), ('float32', 0), ('bool', False)):
        samples = [np.ones(3, dtype), np.ones(1, dtype)]
        values = np.asarray(env['pad_collate'](samples, padding=padding)[0])
        expect(values.dtype == dtype, 'dtype-changed', f'two sequences of {dtype} with padding={padding} came back as {values.dtype}')

@test_case(points=1, hidden=False)
def test_only_the_first_axis_is_padded(env):
    import numpy as np
    from labkit import expect, same
    for features in ((2,), (5,), (2, 3)):
        samples = [np.ones((n, *features), np.float32) * (n + 1) for n in (1, 4, 0)]
        values = np.asarray(env['pad_collate'](samples, padding=-1)[0])
        wanted = np.full((3, 4, *features), -1, np.float32)
        wanted[0, :1], wanted[1] = (2, 5)
        expect(same(values, wanted), 'list-of-arrays-is-an-array', f'sequences of shapes {[sample.shape for sample in samples]} should give values of shape {wanted.shape}, got shape {values.shape}, or other values')

