// A client of openapi-fetch with the types of openapi-typescript, against a server: a list, nulls, custom fields, an
// error.

import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

declare const process: { env: Record<string, string> };

function check(holds: boolean, what: unknown): asserts holds {
  if (!holds) throw new Error(JSON.stringify(what));
}

const { HEFFL_BASE_URL, HEFFL_API_KEY, DEAL, CLIENT, PIPELINE, STAGE } = process.env;
const client = createClient<paths>({
  baseUrl: `${HEFFL_BASE_URL}/v1`,
  headers: { "x-api-key": HEFFL_API_KEY! },
});

const list = await client.GET("/deals");
check(list.data?.items.length === 1 && list.data.items[0]!.id === DEAL, list);

const one = await client.GET("/deals/{id}", { params: { path: { id: DEAL! } } });
const price: number | null | undefined = one.data?.price;
check(one.data?.priority === null && price === null, one);

const created = await client.POST("/deals", {
  body: {
    title: "Refit",
    clientId: CLIENT!,
    pipelineId: PIPELINE!,
    stageId: STAGE!,
    cf_region: "north",
    cf_seats: 12,
  },
});
check(created.data?.customFields?.cf_region === "north" && created.data.customFields.cf_seats === 12, created);

const missing = await client.GET("/deals/{id}", { params: { path: { id: "dl_none" } } });
check(missing.error?.code === "NOT_FOUND", missing);
console.log("4 calls");
