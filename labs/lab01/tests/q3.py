from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = None

@test_case(points=1, hidden=False)
def test_planes_become_channels(env):
    import os
    import numpy as np
    from labkit import expect, folder
    wanted = np.random.default_rng(3).integers(0, 256, (7, 3, 32, 32), dtype=np.uint8)
    with folder(env) as home:
        path = os.path.join(home, 'images.bin')
        np.column_stack([np.arange(7, dtype=np.uint8), wanted.reshape(7, -1)]).tofile(path)
        images = np.asarray(env['read_cifar10'](path)[0])
    expect(images.shape == wanted.shape, 'layout', f'seven images should have shape {wanted.shape}, got {images.shape}')
    wrong = sum((not np.array_equal(images[n], wanted[n]) for n in range(7)))
    expect(wrong == 0 or images.dtype != np.uint8, 'layout', f'{wrong} of 7 images do not have their red, green and blue planes as they were written')
    expect(images.dtype == np.uint8, 'dtype-widened', f'images should be uint8, as the bytes are, got {images.dtype}')

@test_case(points=1, hidden=False)
def test_labels_stay_with_their_images(env):
    import os
    import numpy as np
    from labkit import expect, folder
    wanted = np.array([9, 0, 3, 3, 7, 1, 8, 5], dtype=np.uint8)
    pixels = np.repeat(255 - wanted[:, None], 3072, axis=1)
    with folder(env) as home:
        path = os.path.join(home, 'labels.bin')
        np.column_stack([wanted, pixels]).tofile(path)
        images, labels = env['read_cifar10'](path)
    labels = np.asarray(labels)
    expect(labels.shape == (8,) and labels.dtype.kind in 'iu', 'pairs-torn', f'eight records should give 8 integers as labels, got shape {labels.shape} of {labels.dtype}')
    expect(np.array_equal(labels, wanted), 'pairs-torn', f'labels should be {wanted.tolist()}, got {labels.tolist()}')
    expect(len(images) == 8, 'pairs-torn', f'eight labels came with {len(images)} images')

@test_case(points=1, hidden=False)
def test_no_loop_over_pixels(env):
    import os
    import numpy as np
    from labkit import cpu_ratio, expect, folder
    rng = np.random.default_rng(12)
    count = 200

    def loop_over_pixels(path):
        with open(path, 'rb') as file:
            data = file.read()
        labels = np.zeros(count, dtype=np.uint8)
        images = np.zeros((count, 3, 32, 32), dtype=np.uint8)
        at = 0
        for record in range(count):
            labels[record] = data[at]
            at += 1
            for channel in range(3):
                for row in range(32):
                    for column in range(32):
                        images[record, channel, row, column] = data[at]
                        at += 1
        return (images, labels)

    def answer(path):
        images, labels = env['read_cifar10'](path)
        return (images, np.asarray(labels))
    with folder(env) as home:
        path = os.path.join(home, 'many.bin')

        def fresh():
            rng.integers(0, 256, count * 3073, dtype=np.uint8).tofile(path)
            return (path,)
        ratio = cpu_ratio(env, answer, loop_over_pixels, fresh)
    expect(ratio > 10, 'loop-per-byte', f'{count} records were read {ratio:.1f} times as fast as by a loop over pixels; more than 10 times is wanted')

