from typing import Literal

ListVouchersSideType0 = Literal["giver", "owner"]

LIST_VOUCHERS_SIDE_TYPE_0_VALUES: set[ListVouchersSideType0] = {
    "giver",
    "owner",
}


def check_list_vouchers_side_type_0(value: str) -> ListVouchersSideType0:
    if value in LIST_VOUCHERS_SIDE_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_VOUCHERS_SIDE_TYPE_0_VALUES!r}")
