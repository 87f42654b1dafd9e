"""One child twice, two children under one number."""

from tests.support.rosters import HEAD, child, codes, number, of, reading, xlsx


def test_the_second_of_two_equal_rows_is_refused_and_the_first_is_imported():
    result = of(child(), child(seq=2.0))

    assert codes(result.errors) == [(3, "E", "duplicate_row")]
    assert [(d.first_row, d.row, d.reason) for d in result.duplicates] == [(2, 3, "same_name_same_id")]
    assert result.children == 1


def test_two_names_under_one_number_refuse_both_rows():
    result = of(child("江一帆"), child("江一舟"))

    assert codes(result.errors) == [(2, "E", "id_shared"), (3, "E", "id_shared")]
    assert result.duplicates == ()


def test_a_number_pasted_into_a_row_with_another_birth_date_spoils_that_row_alone():
    result = of(child("江一帆"), child("何小满", date="2017-05-01"))

    assert codes(result.errors) == [(3, "D", "id_birth_mismatch")]


def test_the_same_child_on_another_sheet_is_a_warning():
    result = reading(xlsx([HEAD, child()], ("乙村", [HEAD, child()])))

    assert [(f.sheet, f.row, f.code) for f in result.warnings] == [("乙村", 2, "duplicate_other_sheet")]
    assert result.children == 2


def test_homophones_of_one_birth_date_may_be_one_child():
    result = of(child("江雅婧"), child("江亚静", id=None))

    assert codes(result.warnings) == [(3, "B", "possible_duplicate"), (3, "E", "id_missing")]
    assert [(d.first_row, d.row, d.reason) for d in result.duplicates] == [(2, 3, "same_birth_homophone_name")]


def test_twins_whose_names_sound_different_are_two_children():
    result = of(child("江一帆"), child("江一舟", id=number("2016-03-08", 2)))

    assert (result.errors, result.warnings, result.duplicates) == ((), (), ())


def test_namesakes_of_different_birth_dates_are_two_children():
    result = of(child("江一帆"), child("江一帆", born="2017-04-09"))

    assert (result.errors, result.warnings, result.duplicates) == ((), (), ())


def test_a_refused_row_takes_no_part():
    result = of(child("江一帆", id="12"), child("江一帆"))

    assert codes(result.errors) == [(2, "E", "id_length")]
    assert result.duplicates == ()
