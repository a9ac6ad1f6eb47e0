import pytest

from experiments.mental_math.templates import STYLES, template
from interp.errors import UnknownNameError


def test_the_twelve_templates_are_those_of_the_paper_to_the_last_space() -> None:
    written = [style[task].format(A=12, B=30).replace(" ", "_") for style in STYLES.values() for task in ("A+B", "A-B")]
    assert written == [
        "12+30=",
        "12-30=",
        "The_sum_of_12_and_30_is_",
        "The_difference_of_12_and_30_is_",
        "What_is_the_sum_of_12_and_30?_Answer:_",
        "What_is_the_difference_of_12_and_30?_Answer:_",
        "If_you_add_12_to_30,_you_will_get_",
        "If_you_subtract_30_from_12,_you_will_get_",
        "John_has_12_cookies._Jane_has_30_cookies._Together_they_have_",
        "John_has_12_cookies._He_gave_Jane_30_cookies._John_now_has_",
        "a_=_12;_b_=_30;_print(a_+_b)_#_should_print_",
        "a_=_12;_b_=_30;_print(a_-_b)_#_should_print_",
    ]


def test_another_style_or_task_is_named_with_what_is_allowed() -> None:
    assert template("original", "A-B") == "{A}-{B}="
    with pytest.raises(UnknownNameError, match="Did you mean 'word problem'"):
        template("word problems", "A+B")
    with pytest.raises(UnknownNameError, match="unknown task with styles 'AxB'"):
        template("original", "AxB")
