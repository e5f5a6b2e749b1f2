"""What orders pay for goods. Rule held here: of several orders, the highest that one of them may ask for the goods, where it can
be one of those that they were received of."""

from dataclasses import replace
from decimal import Decimal

from document_samples import lines, trade
from hypothesis import given
from hypothesis import strategies as st

from chain.documents.trade.prices import PriceLists, Prices
from chain.documents.trade.stores import Heap, Place, Store

ORDER, LINE = trade()["order"], lines()[0]
NAMES = st.fixed_dictionaries(
    {"order_line": st.sampled_from([None, "1", "2"]), "item": st.sampled_from([None, "CU", "AL"])}
)
ORDERED = st.lists(
    st.builds(
        lambda number, item, minor, kilograms: replace(
            LINE, number=number, item=item, net_minor=minor, quantity=Decimal(kilograms)
        ),
        st.sampled_from(["1", "2"]), st.sampled_from([None, "CU", "AL"]), st.integers(0, 9), st.integers(1, 3),
    ),
    max_size=3,
).map(lambda several: Prices(replace(ORDER, lines=tuple(several)), 11_300))  # fmt: skip


@given(st.lists(ORDERED, max_size=4), st.sets(st.integers(0, 4)), st.lists(NAMES, min_size=1, max_size=4))
def test_the_highest_price_of_the_orders_that_goods_were_received_of_counts_else_that_of_any(orders, own, goods):
    def naming(name: Place) -> dict[Prices, None]:
        return dict.fromkeys(one for one in orders if name in one.names)

    together = PriceLists({str(place): one for place, one in enumerate(orders)}, naming)
    store = Store(None, [str(place) for place in sorted(own)])
    for names in goods:
        heap = Heap(store, names["order_line"], names["item"], "KGM", Decimal(1))
        asked = [one.of(heap) * one.most for one in orders]
        its_own = [price for place, price in enumerate(asked) if place in own]
        assert together.highest(heap) == (max(its_own, default=0) or max(asked, default=0))
