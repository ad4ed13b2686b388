"""What the shop's specialist can look up; each for the verified customer alone."""

from collections.abc import Mapping
from typing import Any

from bot.desk import Customer, Data, tool
from tests.desks.retail.data import Method, Order, Product, order_of, orders_of, product, products, user_of


@tool
async def lookup_customer(customer: Customer, data: Data) -> dict[str, Any]:
    """Look up the customer's own profile: name, e-mail, default address, payment methods and order ids."""
    async with data.session() as session:
        user = await user_of(session, customer)
        orders = await orders_of(session, customer)
    return {
        "name": customer.name,
        "email": user.email,
        "address": user.address,
        "payment_methods": [_method(method) for method in user.methods],
        "orders": [{"order_id": order.id, "status": order.status} for order in orders],
    }


@tool
async def lookup_order(order_id: str, customer: Customer, data: Data) -> dict[str, Any]:
    """Look up one of the customer's orders: status, address, items with their ids, payments, deliveries.

    Args:
        order_id: as the customer or this conversation names it, for example #W0000001.
    """
    async with data.session() as session:
        order = await order_of(session, customer, order_id)
    return {"found": True, **_order(order)} if order else {"found": False, "message": f"There is no order {order_id}."}


@tool
async def lookup_product(product_id: str, data: Data) -> dict[str, Any]:
    """Look up a product's items: item id, options, price, and whether it is available.

    Args:
        product_id: as an order or `list_products` names it; an item id is none.
    """
    async with data.session() as session:
        found = await product(session, product_id)
    return {"found": True, **_product(found)} if found else {"found": False, "message": "There is no such product."}


@tool
async def list_products(data: Data) -> dict[str, str]:
    """List everything the shop sells: name and product id."""
    async with data.session() as session:
        return {product.name: product.id for product in await products(session)}


def _method(method: Method) -> Mapping[str, Any]:
    told = {"payment_method_id": method.id, "source": method.source}
    if method.balance is not None:
        return {**told, "balance": str(method.balance)}
    return {**told, "brand": method.brand, "last_four": method.last_four} if method.brand else told


def _order(order: Order) -> Mapping[str, Any]:
    return {
        "order_id": order.id,
        "status": order.status,
        "address": order.address,
        "items": [
            {
                "name": line.name,
                "item_id": line.item_id,
                "product_id": line.product_id,
                "options": line.options,
                "price": str(line.price),
            }
            for line in order.lines
        ],
        "payments": [
            {"type": payment.kind, "amount": str(payment.amount), "payment_method_id": payment.method_id}
            for payment in order.payments
        ],
        "fulfillments": order.fulfillments,
        **order.request,
        **({"cancel_reason": order.cancel_reason} if order.cancel_reason else {}),
    }


def _product(product: Product) -> Mapping[str, Any]:
    return {
        "name": product.name,
        "product_id": product.id,
        "items": [
            {
                "item_id": variant.id,
                "options": variant.options,
                "available": variant.available,
                "price": str(variant.price),
            }
            for variant in product.variants
        ],
    }
