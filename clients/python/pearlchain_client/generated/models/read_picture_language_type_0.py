from typing import Literal

ReadPictureLanguageType0 = Literal["en", "zh"]

READ_PICTURE_LANGUAGE_TYPE_0_VALUES: set[ReadPictureLanguageType0] = {
    "en",
    "zh",
}


def check_read_picture_language_type_0(value: str) -> ReadPictureLanguageType0:
    if value in READ_PICTURE_LANGUAGE_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {READ_PICTURE_LANGUAGE_TYPE_0_VALUES!r}")
