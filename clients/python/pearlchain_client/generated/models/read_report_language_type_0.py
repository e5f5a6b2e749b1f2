from typing import Literal

ReadReportLanguageType0 = Literal["en", "zh"]

READ_REPORT_LANGUAGE_TYPE_0_VALUES: set[ReadReportLanguageType0] = {
    "en",
    "zh",
}


def check_read_report_language_type_0(value: str) -> ReadReportLanguageType0:
    if value in READ_REPORT_LANGUAGE_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {READ_REPORT_LANGUAGE_TYPE_0_VALUES!r}")
