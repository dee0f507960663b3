"""A client that openapi-python-client generated, against a server: a list, nulls, custom fields, an error."""

import os
import sys

sys.path.insert(0, sys.argv[1])

from heffl_client_v1 import AuthenticatedClient
from heffl_client_v1.api.deals import create_deal, get_deal, list_deals
from heffl_client_v1.models import CreateDeal, Deal, DealList, ErrorBody

client = AuthenticatedClient(
    base_url=os.environ["HEFFL_BASE_URL"] + "/v1",
    token=os.environ["HEFFL_API_KEY"],
    prefix="",
    auth_header_name="x-api-key",
)

deals = list_deals.sync(client=client)
assert isinstance(deals, DealList), deals
assert [deal.id for deal in deals.items] == [os.environ["DEAL"]], deals

deal = get_deal.sync(os.environ["DEAL"], client=client)
assert isinstance(deal, Deal), deal
assert deal.priority is None and deal.price is None, deal

body = CreateDeal(
    title="Refit",
    client_id=os.environ["CLIENT"],
    pipeline_id=os.environ["PIPELINE"],
    stage_id=os.environ["STAGE"],
)
body["cf_region"] = "north"
body["cf_seats"] = 12
created = create_deal.sync(client=client, body=body)
assert isinstance(created, Deal), created
assert created.custom_fields["cf_region"] == "north", created
assert created.custom_fields["cf_seats"] == 12, created

error = get_deal.sync("dl_none", client=client)
assert isinstance(error, ErrorBody), error
assert error.code == "NOT_FOUND", error
print("4 calls")
