from typing import Literal

ListReportsLanguageType0 = Literal["en", "zh"]

LIST_REPORTS_LANGUAGE_TYPE_0_VALUES: set[ListReportsLanguageType0] = {
    "en",
    "zh",
}


def check_list_reports_language_type_0(value: str) -> ListReportsLanguageType0:
    if value in LIST_REPORTS_LANGUAGE_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_REPORTS_LANGUAGE_TYPE_0_VALUES!r}")
