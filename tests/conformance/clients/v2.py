"""A client that openapi-python-client generated, against a server: a list, nulls, custom fields, an error."""

import os
import sys

sys.path.insert(0, sys.argv[1])

from heffl_client_v2 import AuthenticatedClient
from heffl_client_v2.api.deals import create_deal, get_deal, list_deals
from heffl_client_v2.models import CreateDeal, Deal, DealList, ErrorEnvelope

client = AuthenticatedClient(
    base_url=os.environ["HEFFL_BASE_URL"] + "/v2",
    token=os.environ["HEFFL_API_KEY"],
    prefix="",
    auth_header_name="x-api-key",
)

deals = list_deals.sync(client=client)
assert isinstance(deals, DealList), deals
assert [deal.id for deal in deals.data] == [os.environ["DEAL"]], deals

deal = get_deal.sync(os.environ["DEAL"], client=client)
assert isinstance(deal, Deal), deal
assert deal.priority is None and deal.price is None and deal.expected_close_date is None, deal

body = CreateDeal(
    title="Refit", client_id=os.environ["CLIENT"], pipeline_id=os.environ["PIPELINE"]
)
body["cf_region"] = "north"
body["cf_seats"] = 12
created = create_deal.sync(client=client, body=body)
assert isinstance(created, Deal), created
assert created["cf_region"] == "north" and created["cf_seats"] == 12, created

error = get_deal.sync("dl_none", client=client)
assert isinstance(error, ErrorEnvelope), error
assert error.error.code == "NOT_FOUND", error
print("4 calls")
