"""What the world trades in: three industries, their products tier by tier, and the words that names are made of.

All names are invented; the administrative division codes (GB/T 2260) are real, because a credit code carries one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Industry(StrEnum):
    """What a core enterprise makes."""

    VEHICLES = "整车"
    """Passenger cars; sales peak in the last quarter."""
    APPLIANCES = "家电"
    """Air conditioners and refrigerators; the peak is before summer."""
    WIND = "风电"
    """Wind turbines; erected in the second half of the year."""


#: Purchases by calendar month relative to the year's mean, per cent, January first.
SEASONS: dict[Industry, tuple[int, ...]] = {
    Industry.VEHICLES: (96, 78, 102, 94, 92, 96, 88, 92, 108, 112, 120, 122),
    Industry.APPLIANCES: (92, 96, 122, 128, 124, 112, 98, 84, 80, 84, 92, 88),
    Industry.WIND: (72, 70, 82, 90, 98, 106, 112, 116, 120, 118, 112, 104),
}

CORE_TRADES: dict[Industry, str] = {
    Industry.VEHICLES: "汽车股份有限公司",
    Industry.APPLIANCES: "电器集团股份有限公司",
    Industry.WIND: "风电科技股份有限公司",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure, and the steps of price and quantity whose product is always a whole yuan.

    A whole yuan makes 13 % VAT a whole fen, so that line amounts, tax and totals add up without rounding.
    """

    code: str
    """UN/ECE Recommendation 20."""
    name: str
    price_step_minor: int
    quantity_step: Decimal


PIECE = Unit("C62", "件", 100, Decimal(1))
SET = Unit("SET", "套", 100, Decimal(1))
KILOGRAM = Unit("KGM", "千克", 1, Decimal(100))
TONNE = Unit("TNE", "吨", 1000, Decimal("0.1"))
SQUARE_METRE = Unit("MTK", "平方米", 10, Decimal(10))


@dataclass(frozen=True, slots=True)
class Product:
    """A product line. ``inputs`` are codes of products one tier up the stream; ``trade`` is the maker's line of business."""

    code: str
    tier: int
    name: str
    trade: str
    unit: Unit
    price_minor: int
    tax_class: str
    """First word of an e-invoice's item name (税收分类简称)."""
    commodity: str
    """Subheading of the Harmonised System, six digits."""
    models: tuple[str, ...]
    industries: tuple[Industry, ...] = ()
    """Only for tier 1: whose core enterprises buy it."""
    inputs: tuple[str, ...] = ()


_V, _A, _W = Industry.VEHICLES, Industry.APPLIANCES, Industry.WIND

PRODUCTS: tuple[Product, ...] = (
    # tier 1: assemblies
    Product("PACK", 1, "动力电池包", "动力电池", SET, 4_860_000, "电池", "850760", ("76kWh", "62kWh", "52kWh"),
            (_V,), ("CELL", "PCBA", "ALDC")),
    Product("SEAT", 1, "座椅总成", "汽车座椅", SET, 318_000, "汽车零件", "940120", ("前排", "后排", "前排加热"),
            (_V,), ("FOAM", "CRSH", "HARN")),
    Product("AXLE", 1, "前桥总成", "车桥", SET, 412_000, "汽车零件", "870850", ("F20", "F23"), (_V,), ("FORG", "CRSH")),
    Product("EDRV", 1, "电驱动总成", "电驱动系统", SET, 1_235_000, "电动机", "850153", ("150kW", "220kW"),
            (_V,), ("MAGN", "ENAM", "IGBT")),
    Product("WHEL", 1, "铝合金轮毂", "轮毂", PIECE, 56_800, "汽车零件", "870870", ("18寸", "19寸", "20寸"),
            (_V,), ("ALDC",)),
    Product("COMP", 1, "制冷压缩机", "压缩机", PIECE, 46_500, "制冷设备", "841430", ("1.5匹", "2匹", "3匹"),
            (_A,), ("ENAM", "FORG", "MAGN")),
    Product("COND", 1, "冷凝器总成", "换热器", PIECE, 23_800, "制冷设备", "841899", ("7mm双排", "5mm单排"),
            (_A,), ("COPT", "ALDC")),
    Product("CABI", 1, "钣金箱体", "钣金科技", SET, 18_600, "金属制品", "732690", ("KF-35", "KF-72"),
            (_A,), ("CRSH", "FOAM")),
    Product("FANM", 1, "直流风扇电机", "微电机", PIECE, 8_900, "电动机", "850110", ("30W", "60W"),
            (_A,), ("ENAM", "MAGN")),
    Product("CTRL", 1, "变频控制器", "智能控制", PIECE, 31_200, "电子控制设备", "853710", ("IPM-15", "IPM-20", "IPM-30"),
            (_A, _V), ("PCBA", "IGBT", "HARN")),
    Product("BLAD", 1, "风电叶片", "风电叶片", PIECE, 96_000_000, "风力发电机零件", "841290", ("83m", "91m"),
            (_W,), ("GFAB", "FOAM")),
    Product("GEAR", 1, "风电齿轮箱", "重型齿轮箱", SET, 185_000_000, "传动设备", "848340", ("4.5MW", "6.25MW"),
            (_W,), ("FORG", "PLAT")),
    Product("GENR", 1, "永磁发电机", "电机", SET, 142_000_000, "发电机", "850164", ("4.5MW", "6.25MW"),
            (_W,), ("MAGN", "ENAM")),
    Product("TOWR", 1, "塔筒段", "塔筒装备", PIECE, 38_500_000, "金属结构", "730820", ("T1段", "T2段", "T3段"),
            (_W,), ("PLAT",)),
    Product("CONV", 1, "风电变流器", "电力电子", SET, 52_000_000, "变流器", "850440", ("5MW", "7MW"),
            (_W,), ("IGBT", "PCBA", "HARN")),
    # tier 2: parts
    Product("CELL", 2, "磷酸铁锂电芯", "锂电", PIECE, 31_800, "电池", "850760", ("LF230", "LF280"),
            (), ("CATH", "FOIL", "ALIN")),
    Product("FOAM", 2, "结构泡沫件", "高分子材料", KILOGRAM, 3_845, "塑料制品", "392113", ("PU-45", "PET-80"),
            (), ("POLY",)),
    Product("FORG", 2, "精锻件", "锻造", KILOGRAM, 1_268, "锻件", "732619", ("42CrMo", "18CrNiMo7"), (), ("BARS",)),
    Product("ALDC", 2, "铝合金压铸件", "压铸", KILOGRAM, 2_940, "铸件", "761699", ("A380", "ADC12"), (), ("ALIN",)),
    Product("PCBA", 2, "控制板组件", "电子", PIECE, 16_400, "电子元件", "853890", ("V3.2", "V4.0"),
            (), ("CCLM", "WAFR")),
    Product("ENAM", 2, "漆包铜线", "电磁线", KILOGRAM, 8_215, "电线电缆", "854411", ("φ0.8", "扁线2×4"), (), ("CROD",)),
    Product("COPT", 2, "内螺纹铜管", "铜业", KILOGRAM, 8_060, "铜材", "741110", ("φ7", "φ5"), (), ("CROD",)),
    Product("CRSH", 2, "冷轧镀锌板", "板材加工", TONNE, 562_000, "钢材", "721049", ("0.8mm", "1.2mm"), (), ("HRCO",)),
    Product("HARN", 2, "低压线束", "线束", SET, 42_600, "电线电缆", "854430", ("车身", "控制柜"), (), ("CROD", "POLY")),
    Product("MAGN", 2, "钕铁硼磁钢", "磁材", KILOGRAM, 28_900, "磁性材料", "850511", ("N42SH", "N38UH"),
            (), ("NDPR", "BARS")),
    Product("GFAB", 2, "玻纤多轴织物", "复合材料", SQUARE_METRE, 2_350, "玻璃纤维制品", "701990", ("1200g", "800g"),
            (), ("YARN",)),
    Product("PLAT", 2, "风电中厚板", "钢构材料", TONNE, 498_000, "钢材", "720851", ("Q355D 40mm", "Q355D 60mm"),
            (), ("HRCO", "SLAB")),
    Product("IGBT", 2, "功率模块", "半导体", PIECE, 68_500, "半导体器件", "854129", ("1200V/450A", "1700V/600A"),
            (), ("WAFR", "CROD")),
    # tier 3: materials
    Product("CATH", 3, "磷酸铁锂正极材料", "新能源材料", TONNE, 4_120_000, "无机化学品", "284290", ("高压实", "常规"),
            (), ("LITH", "FERO")),
    Product("FOIL", 3, "锂电铜箔", "铜箔", KILOGRAM, 9_120, "铜材", "741011", ("6μm", "8μm"), (), ("CCAT",)),
    Product("POLY", 3, "聚醚多元醇", "化工", TONNE, 912_000, "有机化学品", "390729", ("330N", "4110"), (), ("PROX",)),
    Product("BARS", 3, "合金结构钢棒", "特钢", TONNE, 586_000, "钢材", "722830", ("φ120", "φ200"),
            (), ("SCRP", "FERO")),
    Product("ALIN", 3, "铝合金锭", "铝业", TONNE, 1_985_000, "铝材", "760120", ("ADC12锭", "A356.2"),
            (), ("ALUM", "SILI")),
    Product("CCLM", 3, "覆铜板", "电子基材", SQUARE_METRE, 9_850, "电子材料", "741021", ("FR-4 1.6mm", "CEM-3"),
            (), ("CCAT", "SAND")),
    Product("CROD", 3, "低氧铜杆", "铜材", TONNE, 7_236_000, "铜材", "740811", ("φ8", "φ2.6"), (), ("CCAT",)),
    Product("HRCO", 3, "热轧卷板", "钢铁", TONNE, 386_000, "钢材", "720838", ("3.0mm", "4.75mm"),
            (), ("SCRP", "FERO")),
    Product("YARN", 3, "无碱玻璃纤维纱", "玻纤", TONNE, 478_000, "玻璃纤维制品", "701912", ("2400tex", "1200tex"),
            (), ("SAND",)),
    Product("NDPR", 3, "镨钕金属", "稀土", KILOGRAM, 52_800, "稀土金属", "280530", ("99.5%",), (), ("REOX",)),
    Product("SLAB", 3, "连铸板坯", "冶金", TONNE, 358_000, "钢材", "720712", ("250mm", "300mm"),
            (), ("SCRP", "FERO")),
    Product("WAFR", 3, "硅外延片", "硅材料", PIECE, 38_600, "半导体材料", "381800", ("6英寸", "8英寸"), (), ("SILI",)),
    # tier 4: raw materials
    Product("LITH", 4, "电池级碳酸锂", "锂业", TONNE, 7_650_000, "无机化学品", "283691", ("99.5%",), ()),
    Product("PROX", 4, "环氧丙烷", "石化", TONNE, 845_000, "有机化学品", "291020", ("优等品",), ()),
    Product("SCRP", 4, "加工废钢", "再生资源", TONNE, 268_000, "再生资源", "720449", ("重废", "破碎料"), ()),
    Product("FERO", 4, "硅锰合金", "铁合金", TONNE, 612_000, "铁合金", "720230", ("6517", "6014"), ()),
    Product("ALUM", 4, "电解铝液", "轻金属", TONNE, 1_892_000, "铝", "760110", ("A00",), ()),
    Product("CCAT", 4, "阴极铜", "有色金属", TONNE, 7_068_000, "铜", "740311", ("Cu-CATH-1",), ()),
    Product("SAND", 4, "高纯石英砂", "矿业", TONNE, 486_000, "非金属矿", "250510", ("99.9%", "99.5%"), ()),
    Product("REOX", 4, "氧化镨钕", "稀土资源", KILOGRAM, 42_300, "稀土化合物", "284690", ("99%",), ()),
    Product("SILI", 4, "工业硅", "硅业", TONNE, 1_124_000, "硅", "280469", ("553#", "441#"), ()),
)  # fmt: skip

BY_CODE: dict[str, Product] = {product.code: product for product in PRODUCTS}
LAST_TIER = max(product.tier for product in PRODUCTS)

#: (division code, city): the code stands in positions 3 to 8 of a credit code.
CITIES: tuple[tuple[str, str], ...] = (
    ("310115", "上海"), ("320505", "苏州"), ("320214", "无锡"), ("320412", "常州"), ("330203", "宁波"), ("330402", "嘉兴"),
    ("330604", "绍兴"), ("340104", "合肥"), ("340202", "芜湖"), ("350203", "厦门"), ("360102", "南昌"), ("370203", "青岛"),
    ("370602", "烟台"), ("410105", "郑州"), ("410302", "洛阳"), ("420106", "武汉"), ("420302", "十堰"), ("430104", "长沙"),
    ("430211", "株洲"), ("440306", "深圳"), ("440606", "佛山"), ("441302", "惠州"), ("450203", "柳州"), ("500112", "重庆"),
    ("510107", "成都"), ("510603", "德阳"), ("610113", "西安"), ("120116", "天津"), ("130102", "石家庄"), ("130202", "唐山"),
    ("150203", "包头"), ("210202", "大连"), ("220104", "长春"), ("230103", "哈尔滨"),
)  # fmt: skip

#: First two digits of a division code → province, and the first two digits of its postal codes.
PROVINCES: dict[str, tuple[str, str]] = {
    "12": ("天津市", "30"), "13": ("河北省", "05"), "15": ("内蒙古自治区", "01"), "21": ("辽宁省", "11"), "22": ("吉林省", "13"),
    "23": ("黑龙江省", "15"), "31": ("上海市", "20"), "32": ("江苏省", "21"), "33": ("浙江省", "31"), "34": ("安徽省", "23"),
    "35": ("福建省", "36"), "36": ("江西省", "33"), "37": ("山东省", "26"), "41": ("河南省", "45"), "42": ("湖北省", "43"),
    "43": ("湖南省", "41"), "44": ("广东省", "52"), "45": ("广西壮族自治区", "54"), "50": ("重庆市", "40"),
    "51": ("四川省", "61"), "61": ("陕西省", "71"),
}  # fmt: skip

#: Words that addresses are made of.
DISTRICTS = ("高新技术产业开发区", "经济技术开发区", "保税区", "临港新城", "工业园区", "先进制造产业园")
STREETS = (
    "科创",
    "创业",
    "兴工",
    "望江",
    "金桥",
    "东海",
    "滨河",
    "长虹",
    "迎宾",
    "建设",
    "振兴",
    "学府",
    "银杏",
    "梧桐",
    "澄湖",
    "明珠",
)
BUILDINGS = ("科技大厦", "研发中心", "综合楼", "办公楼", "制造基地", "商务中心")

#: Surnames with their Latin spelling, and what comes after them.
SURNAMES: tuple[tuple[str, str], ...] = (
    ("王", "wang"), ("李", "li"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"), ("赵", "zhao"),
    ("黄", "huang"), ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"), ("胡", "hu"), ("朱", "zhu"), ("高", "gao"),
    ("林", "lin"), ("何", "he"), ("郭", "guo"), ("马", "ma"), ("罗", "luo"),
)  # fmt: skip
GIVEN_NAMES: tuple[tuple[str, str], ...] = (
    ("伟", "wei"), ("芳", "fang"), ("敏", "min"), ("静", "jing"), ("磊", "lei"), ("洋", "yang"), ("艳", "yan"),
    ("杰", "jie"), ("娟", "juan"), ("涛", "tao"), ("明", "ming"), ("超", "chao"), ("霞", "xia"), ("平", "ping"),
    ("桂英", "guiying"), ("志强", "zhiqiang"), ("建华", "jianhua"), ("晓东", "xiaodong"), ("雨欣", "yuxin"), ("海燕", "haiyan"),
)  # fmt: skip

FIRST_CHARACTERS = "澄昱晟煜璟睿铭瀚衡屹岚泓沐霖樾嵘峻翊骏骐钧锐淳渊熙曜昊宸翰弘毅恪谦允劭"
SECOND_CHARACTERS = "远川岳邦达泽恒盛腾拓航源鼎铎辰禾桥舟林峰原程信和帆野砺朔成构联"

#: Banks where enterprises have their accounts; they are no members of the network.
ACCOUNT_BANKS: tuple[str, ...] = ("江海商业银行", "云岭银行", "临港农村商业银行", "晋安银行", "九川银行")

BANKS: tuple[str, ...] = ("澄江银行", "东岭商业银行", "汇浦银行", "秦淮合作银行", "北辰银行")
KEEPERS: tuple[str, ...] = ("港联仓储", "中衢物流", "江口保税仓储", "通济仓储")
