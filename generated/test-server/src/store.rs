//! The records of the server.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{document::Object, validate::now};

/// A kind of record: its paths, and the prefixes of its identifiers and numbers.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Version and path without parameters; a path of v1 may have several kinds.
    resources: &'static [(&'static str, &'static str)],
    prefix: &'static str,
    number: &'static str,
}

/// All kinds, in the order in which a path with several kinds lists them. A create makes the first kind unless the body
/// has another `type`.
pub(crate) const KINDS: &[Kind] = &[
    kind(
        "company",
        &[("v2", "companies"), ("v1", "clients")],
        "clt_",
        "COM",
    ),
    kind(
        "contact",
        &[("v2", "contacts"), ("v1", "clients")],
        "clt_",
        "CON",
    ),
    kind("deal", &[("v2", "deals"), ("v1", "deals")], "dl_", "DL"),
    kind("quotation", &[("v2", "quotations")], "qtn_", "QTN"),
    kind("invoice", &[("v1", "invoices")], "inv_", "INV"),
    kind("task", &[("v2", "tasks"), ("v1", "tasks")], "tsk_", "TSK"),
    kind("lead", &[("v2", "leads"), ("v1", "leads")], "ld_", "LD"),
    kind("project", &[("v2", "projects")], "prj_", "PRJ"),
    kind("product", &[("v2", "products")], "prd_", "PRD"),
    kind(
        "pipeline",
        &[("v2", "pipelines"), ("v1", "pipelines")],
        "dpl_",
        "",
    ),
    kind(
        "source",
        &[("v2", "sources"), ("v1", "leads/sources")],
        "src_",
        "",
    ),
    kind(
        "lead-stage",
        &[("v2", "lead-stages"), ("v1", "leads/stages")],
        "lstg_",
        "",
    ),
    kind("client-stage", &[("v2", "client-stages")], "cs_", ""),
    kind("tag", &[("v2", "tags")], "tag_", ""),
    kind("user", &[("v2", "users")], "usr_", ""),
    kind("template", &[("v2", "document-templates")], "tpl_", ""),
    kind("custom-field", &[("v2", "custom-fields")], "cfd_", ""),
    kind("webhook", &[("v1", "webhooks")], "wh_", ""),
];

/// The stages inside a pipeline, which are not separate records.
pub(crate) const STAGE: Kind = kind("stage", &[], "dps_", "");

const fn kind(
    name: &'static str,
    resources: &'static [(&'static str, &'static str)],
    prefix: &'static str,
    number: &'static str,
) -> Kind {
    Kind {
        name,
        resources,
        prefix,
        number,
    }
}

impl Kind {
    /// The path of its records, in the newest version that has them.
    pub(crate) fn path(&self) -> &'static str {
        self.resources.first().map_or(self.name, |(_, path)| path)
    }
}

/// The kinds of records at a path.
pub(crate) fn kinds_at(version: &str, resource: &str) -> Vec<&'static Kind> {
    let here = |kind: &&Kind| kind.resources.contains(&(version, resource));
    KINDS.iter().filter(here).collect()
}

/// The kinds with a name: `deal`, or the path of v2, `deals`.
pub(crate) fn kind_named(name: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| kind.name == name || kind.resources.contains(&("v2", name)))
        .or_else(|| {
            KINDS
                .iter()
                .find(|kind| kind.resources.contains(&("v1", name)))
        })
}

/// A record, with the field names of v2.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) kind: &'static Kind,
    pub(crate) fields: Object,
}

impl Record {
    pub(crate) fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }

    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }
}

/// All records, in the order of their creation.
#[derive(Debug, Default)]
pub(crate) struct Store {
    records: Vec<Record>,
    counts: BTreeMap<&'static str, u32>,
}

impl Store {
    /// Adds a record, with a new identifier, number and times if it has none.
    pub(crate) fn add(&mut self, kind: &'static Kind, mut fields: Object) -> &Record {
        let count = self.next(kind.prefix);
        let id = format!("{}{count:06}", kind.prefix);
        fields.entry("id").or_insert_with(|| id.into());
        if !kind.number.is_empty() {
            let number = format!("{}{count:04}", kind.number);
            fields.entry("number").or_insert_with(|| number.into());
        }
        for time in ["createdAt", "updatedAt"] {
            fields.entry(time).or_insert_with(|| now().into());
        }
        if kind.name == "pipeline" {
            self.number_stages(&mut fields);
        }
        self.records.push(Record { kind, fields });
        &self.records[self.records.len() - 1]
    }

    fn number_stages(&mut self, pipeline: &mut Object) {
        let stages = pipeline.entry("stages").or_insert_with(|| json!([]));
        for stage in stages.as_array_mut().into_iter().flatten() {
            let id = format!("{}{:06}", STAGE.prefix, self.next(STAGE.prefix));
            if let Some(stage) = stage.as_object_mut() {
                stage.entry("id").or_insert_with(|| id.into());
            }
        }
    }

    /// Adds a stage to a pipeline.
    pub(crate) fn add_stage(&mut self, pipeline: &str, mut stage: Object) -> Option<Object> {
        let id = format!("{}{:06}", STAGE.prefix, self.next(STAGE.prefix));
        stage.insert("id".to_owned(), id.into());
        let pipeline = self.get_mut(pipeline)?;
        let stages = pipeline.fields.get_mut("stages")?.as_array_mut()?;
        stages.push(stage.clone().into());
        Some(stage)
    }

    /// The number of records with this prefix, including the new one.
    fn next(&mut self, prefix: &'static str) -> u32 {
        let count = self.counts.entry(prefix).or_default();
        *count += 1;
        *count
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.id() == id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Record> {
        self.records.iter_mut().find(|record| record.id() == id)
    }

    pub(crate) fn of<'a>(&'a self, kinds: &'a [&Kind]) -> impl Iterator<Item = &'a Record> {
        let kept = |record: &&Record| kinds.iter().any(|kind| kind.name == record.kind.name);
        self.records.iter().filter(kept)
    }

    pub(crate) fn of_kind<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Record> {
        self.records
            .iter()
            .filter(move |record| record.kind.name == name)
    }

    pub(crate) fn remove(&mut self, id: &str) {
        self.records.retain(|record| record.id() != id);
    }

    /// A stage of a pipeline, with its pipeline.
    pub(crate) fn stage(&self, id: &str) -> Option<(&Record, &Object)> {
        self.of_kind("pipeline").find_map(|pipeline| {
            let stages = pipeline.fields.get("stages")?.as_array()?;
            let stage = stages
                .iter()
                .filter_map(Value::as_object)
                .find(|stage| stage.get("id").and_then(Value::as_str) == Some(id))?;
            Some((pipeline, stage))
        })
    }

    pub(crate) fn stage_mut(&mut self, id: &str) -> Option<&mut Object> {
        self.records
            .iter_mut()
            .filter(|record| record.kind.name == "pipeline")
            .filter_map(|pipeline| pipeline.fields.get_mut("stages")?.as_array_mut())
            .flatten()
            .filter_map(Value::as_object_mut)
            .find(|stage| stage.get("id").and_then(Value::as_str) == Some(id))
    }

    /// The kind of a record that is linked to this one and so prevents its deletion.
    pub(crate) fn link_to(&self, id: &str) -> Option<&'static str> {
        let linked = |record: &&Record| {
            ["deal", "quotation", "invoice"].contains(&record.kind.name)
                && ["clientId", "contactId"]
                    .iter()
                    .any(|field| record.text(field) == Some(id))
        };
        self.records
            .iter()
            .find(linked)
            .map(|record| record.kind.name)
    }
}

/// The records of a new workspace.
pub(crate) fn new_workspace() -> Store {
    let mut store = Store::default();
    for (kind, records) in [
        ("user", json!([{"name": "Mira Kowalski"}])),
        (
            "pipeline",
            json!([{"name": "Sales", "stages": [
                {"name": "New", "position": 1, "probability": 10, "type": "ACTIVE"},
                {"name": "Offer sent", "position": 2, "probability": 50, "type": "ACTIVE"},
                {"name": "Won", "position": 3, "probability": 100, "type": "WON"},
                {"name": "Lost", "position": 4, "probability": 0, "type": "LOST"},
            ]}]),
        ),
        (
            "source",
            json!([{"name": "Website"}, {"name": "Trade fair"}]),
        ),
        (
            "lead-stage",
            json!([{"label": "New", "type": "NEW"}, {"label": "Contacted", "type": "CONTACTED"}]),
        ),
        (
            "client-stage",
            json!([{"name": "Prospect"}, {"name": "Customer"}]),
        ),
        (
            "template",
            json!([{"name": "Standard quotation", "type": "quotations", "isActive": true,
                    "isSignatureRequired": false, "valueType": "DYNAMIC", "customFields": []}]),
        ),
    ] {
        for fields in records.as_array().into_iter().flatten() {
            if let (Some(kind), Value::Object(fields)) = (kind_named(kind), fields) {
                store.add(kind, fields.clone());
            }
        }
    }
    store
}
