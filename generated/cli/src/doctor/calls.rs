//! The calls of `heffl doctor`: every operation that only reads.

use std::pin::Pin;

use heffl::{
    Call, Client, ClientId, DealId, Error, LeadId, PipelineId, ProjectId, QuotationId, TaskId,
    TemplateId, bytes::Bytes, v2::CustomFieldEntity,
};

use crate::table::Operation;

/// The response of a call: its status and its body.
pub(super) type Received = Result<(u16, Bytes), Error>;

type Running = Pin<Box<dyn Future<Output = Received> + Send>>;

/// Calls an operation and reads the response by the client's own types. `id` is that of the record, for an operation that
/// reads one. `None` if the operation does more than read.
pub(super) fn call(client: &Client, operation: &'static Operation, id: &str) -> Option<Running> {
    let (v1, v2) = (client.v1(), client.v2());
    Some(match (operation.version, operation.id) {
        ("v1", "listClients") => run(operation, v1.clients().list().into_call()),
        ("v1", "getClient") => run(operation, v1.clients().get(ClientId::new(id))),
        ("v1", "listDeals") => run(operation, v1.deals().list().into_call()),
        ("v1", "getDeal") => run(operation, v1.deals().get(DealId::new(id))),
        ("v1", "listLeads") => run(operation, v1.leads().list().into_call()),
        ("v1", "getLead") => run(operation, v1.leads().get(LeadId::new(id))),
        ("v1", "listLeadSources") => run(operation, v1.leads().list_lead_sources()),
        ("v1", "listLeadStages") => run(operation, v1.leads().list_lead_stages()),
        ("v1", "listPipelines") => run(operation, v1.pipelines().list()),
        ("v1", "getPipeline") => run(operation, v1.pipelines().get(PipelineId::new(id))),
        ("v1", "listTasks") => run(operation, v1.tasks().list().into_call()),
        ("v1", "getTask") => run(operation, v1.tasks().get(TaskId::new(id))),
        ("v2", "listContacts") => run(operation, v2.contacts().list().into_call()),
        ("v2", "listCompanies") => run(operation, v2.companies().list().into_call()),
        ("v2", "listDeals") => run(operation, v2.deals().list().into_call()),
        ("v2", "getDeal") => run(operation, v2.deals().get(DealId::new(id))),
        ("v2", "listQuotations") => run(operation, v2.quotations().list().into_call()),
        ("v2", "getQuotation") => run(operation, v2.quotations().get(QuotationId::new(id))),
        ("v2", "listDocumentTemplates") => {
            run(operation, v2.document_templates().list().into_call())
        }
        ("v2", "getDocumentTemplate") => {
            run(operation, v2.document_templates().get(TemplateId::new(id)))
        }
        ("v2", "listTasks") => run(operation, v2.tasks().list().into_call()),
        ("v2", "getTask") => run(operation, v2.tasks().get(TaskId::new(id))),
        ("v2", "listClientStages") => run(operation, v2.client_stages().list().into_call()),
        ("v2", "listCustomFields") => {
            let list = v2.custom_fields().list().entity(CustomFieldEntity::Deals);
            run(operation, list.into_call())
        }
        ("v2", "listLeads") => run(operation, v2.leads().list().into_call()),
        ("v2", "listPipelines") => run(operation, v2.pipelines().list().into_call()),
        ("v2", "getPipeline") => run(operation, v2.pipelines().get(PipelineId::new(id))),
        ("v2", "listProducts") => run(operation, v2.products().list().into_call()),
        ("v2", "listProjects") => run(operation, v2.projects().list().into_call()),
        ("v2", "getProject") => run(operation, v2.projects().get(ProjectId::new(id))),
        ("v2", "listSources") => run(operation, v2.sources().list().into_call()),
        ("v2", "listTags") => run(operation, v2.tags().list().into_call()),
        ("v2", "listUsers") => run(operation, v2.users().list().into_call()),
        _ => return None,
    })
}

/// Sends a call, for as many records as a page can have: the more records, the more of their fields are there.
fn run<T: Send + 'static>(operation: &Operation, call: Call<T>) -> Running {
    let size = operation.page.as_ref().and_then(|page| page.size);
    let call = match size {
        Some((name, largest)) => call.query(name, largest),
        None => call,
    };
    Box::pin(async move {
        let response = call.send_for_response().await?;
        Ok((response.status(), response.body().clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::call;
    use crate::table;

    #[test]
    fn every_operation_that_only_reads_has_a_call() {
        let client = heffl::Client::new("no-key").unwrap();
        for operation in table::all() {
            let is_read = operation.method == "GET" && operation.path.len() <= 1;
            let call = call(&client, operation, "id");
            assert_eq!(
                call.is_some(),
                is_read,
                "{} {}",
                operation.version,
                operation.id
            );
        }
    }
}
