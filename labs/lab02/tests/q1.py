from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=False)
def test_arrays_are_stacked_and_numbers_become_an_array(env):
    import numpy as np
    from labkit import expect, same
    collate = env['collate']
    images = [np.arange(6).reshape(2, 3) * i for i in range(4)]
    expect(same(collate(images), np.stack(images)), 'collates-only-arrays', 'four arrays of shape (2, 3) should become one of shape (4, 2, 3), one after the other')
    for numbers in ([3, 1, 4], [0.5, 0.25], [True, False], [np.int16(7), np.int16(8)]):
        batch = collate(numbers)
        expect(same(batch, np.array(numbers)), 'collates-only-arrays', f'{numbers!r} should become an array of shape ({len(numbers)},), got {batch!r:.80}')

@test_case(points=1, hidden=False)
def test_the_dtype_stays(env):
    import numpy as np
    from labkit import expect
    collate = env['collate']
    for dtype in (np.uint8, np.int32, np.float32, np.bool_):
        for samples in ([np.ones(3, dtype), np.zeros(3, dtype)], [dtype(1), dtype(0)]):
            batch = np.asarray(collate(samples))
            expect(batch.dtype == dtype, 'dtype-changed', f'values of dtype {np.dtype(dtype)} came back as {batch.dtype}')
    for number, kind in ((3, 'i'), (0.5, 'f'), (True, 'b')):
        batch = np.asarray(collate([number, number]))
        expect(batch.dtype.kind == kind, 'dtype-changed', f'two values of type {type(number).__name__} came back as {batch.dtype}')

@test_case(points=1, hidden=False)
def test_tuples_dicts_and_strings_keep_their_structure(env):
    import numpy as np
    from labkit import expect, same
    images = np.arange(3 * 4).reshape(3, 2, 2)
    labels, names = (np.array([3, 1, 4]), ['cat', 'dog', 'eel'])
    batch = env['collate']([(images[i], int(labels[i])) for i in range(3)])
    expect(same(batch, (images, labels)), 'collates-only-arrays', 'samples (image, label) should become a tuple or list of two arrays: images and labels')
    batch = env['collate']([{'image': images[i], 'label': int(labels[i]), 'name': names[i]} for i in range(3)])
    kind = type(batch).__name__
    expect(kind == 'dict' and list(batch) == ['image', 'label', 'name'], 'collates-only-arrays', f'dicts with the keys image, label and name should become one such dict, got a {kind}')
    for key, wanted in (('image', images), ('label', labels), ('name', names)):
        expect(same(batch[key], wanted), 'collates-only-arrays', f'{key!r} should hold the values of all samples, as {type(wanted).__name__}; it is {batch[key]!r:.80}')

@test_case(points=1, hidden=False)
def test_shapes_that_differ_are_refused_by_name(env):
    import numpy as np
    from labkit import expect_error
    collate, tag = (env['collate'], 'list-of-arrays-is-an-array')
    ragged = [np.ones((2, 3)), np.ones((2, 4))]
    about = 'two arrays of shapes (2, 3) and (2, 4)'
    expect_error(lambda: collate(ragged), ValueError, tag, (2, 3), (2, 4), of=about)
    fields = [{'label': 1, 'audio': np.ones(5)}, {'label': 0, 'audio': np.ones(9)}]
    about = "two dicts with arrays of shapes (5,) and (9,) under 'audio'"
    expect_error(lambda: collate(fields), ValueError, tag, 'audio', (5,), (9,), of=about)

