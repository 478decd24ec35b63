from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = None

@test_case(points=1, hidden=False)
def test_a_row_is_a_dict_of_its_columns(env):
    import os
    from labkit import expect, folder, same
    rows = [{'name': f'digit_{i}', 'label': str(i * 7 % 10), 'split': 'train'} for i in range(5)]
    lines = [','.join(rows[0]), *(','.join(row.values()) for row in rows)]
    with folder(env) as home:
        path = os.path.join(home, 'digits.csv')
        with open(path, 'w', encoding='utf-8', newline='') as file:
            file.write(''.join((line + '\n' for line in lines)))
        dataset = env['CSVDataset'](path)
        expect(len(dataset) == 5, 'header-is-a-row', f'the file has a header and five rows, len gives {len(dataset)}')
        for index in (0, 4, 2):
            row = dataset[index]
            expect(same(row, rows[index]), 'header-is-a-row', f'dataset[{index}] should be {rows[index]}, got {row}')

@test_case(points=1, hidden=False)
def test_quoted_fields_stay_whole(env):
    import csv
    import os
    from labkit import expect, folder, same
    columns = ['title', 'text', 'label']
    rows = [['Moby-Dick, or The Whale', 'Call me Ishmael.', '1'], ['Emma', 'She said "no", and left.', '0'], ['Haiku', 'an old pond\na frog leaps in,\n\nthe sound of water', '1'], ['Plain', 'nothing quoted here', '0'], ['', '"', '']]
    with folder(env) as home:
        path = os.path.join(home, 'books.csv')
        with open(path, 'w', encoding='utf-8', newline='') as file:
            csv.writer(file, lineterminator='\n').writerows([columns, *rows])
        with open(path, 'rb+') as file:
            file.truncate(os.path.getsize(path) - 1)
        dataset = env['CSVDataset'](path)
        expect(len(dataset) == len(rows), 'text-is-not-lines', f'the file has {len(rows)} rows, len gives {len(dataset)}')
        for index in (3, 0, 1, 2, 4):
            row, wanted = (dataset[index], dict(zip(columns, rows[index], strict=True)))
            expect(same(row, wanted), 'text-is-not-lines', f'dataset[{index}] should be {wanted}, got {row}')

@test_case(points=1, hidden=False)
def test_the_file_is_not_held_in_memory(env):
    import os
    from labkit import expect, folder, peak_memory, same

    def fields(i):
        return [str(i), *(chr(97 + (i + column) % 26) * 80000 for column in range(4))]
    columns = ['id', 'north', 'east', 'south', 'west']
    with folder(env) as home:
        path = os.path.join(home, 'large.csv')
        with open(path, 'w', encoding='utf-8', newline='') as file:
            file.write(','.join(columns) + '\n')
            for i in range(100):
                file.write(','.join(fields(i)) + '\n')

        def build_and_index():
            dataset = env['CSVDataset'](path)
            for index in (90, 3):
                expect(same(dataset[index], dict(zip(columns, fields(index), strict=True))), 'text-is-not-lines', f'dataset[{index}] should be row {index} of a file of long rows')
        share = peak_memory(env, build_and_index) / os.path.getsize(path)
    expect(share < 0.3, 'loads-everything', f'building the dataset and taking two of 100 rows took {share:.2f} times the memory of the file; 0.3 times is the bound')

