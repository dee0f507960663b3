//! A table of the operations of one version, for a command line: parameters, bodies, filters and records with their
//! flags, and how a body is read into its model.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use quote::quote;
use serde_json::Value;

use super::{Piece, Source};
use crate::{
    api::{Api, Body, Operation, Resource, Response},
    ids::Kind,
    json::{component, elements, entries, flag, step, text},
    load::Document,
    models::{Model, Presence, id_of, type_text},
    naming,
    normalise::Normal,
};

/// The fields that are columns of a table, in this order, if the record has them.
const COLUMNS: [&str; 22] = [
    "id",
    "number",
    "name",
    "title",
    "subject",
    "label",
    "email",
    "phone",
    "status",
    "stage",
    "stageName",
    "companyName",
    "type",
    "color",
    "price",
    "total",
    "amount",
    "dueDate",
    "expectedCloseDate",
    "date",
    "ownerName",
    "createdAt",
];

/// The largest number of columns of a table, unless the user names more.
const MOST_COLUMNS: usize = 7;

/// The two files of one version: operations, and fields with their values and identifiers.
pub(crate) fn modules(
    document: &Document,
    normal: &Normal,
    api: &Api,
    models: &BTreeMap<String, Model>,
    kinds: &BTreeMap<String, Kind>,
) -> [(String, Source); 2] {
    let mut table = Table {
        root: &normal.value,
        api,
        models,
        kinds,
        around: Vec::new(),
        sets: BTreeMap::new(),
    };
    let mut operations = vec!["pub(super) static OPERATIONS: &[Operation] = &[".to_owned()];
    for resource in &api.resources {
        for operation in &resource.operations {
            let lines = table.operation(resource, operation);
            operations.extend(lines.into_iter().map(|line| format!("    {line}")));
        }
    }
    operations.push("];".to_owned());
    let sets = table.sets.into_values().map(|mut lines| {
        if let Some(first) = lines.first_mut() {
            first.insert_str(0, "pub(super) ");
        }
        lines
    });
    let source = |docs: &str, imports, rows: Vec<Vec<String>>| {
        let path = "rows";
        let rows = rows.into_iter().map(|lines| Piece::Macro { path, lines });
        Source {
            origin: document.file.clone(),
            docs: format!("{docs} of API {}.", api.version),
            pieces: std::iter::once(Piece::Items(imports)).chain(rows).collect(),
        }
    };
    let imports = quote! {
        mod fields;

        #[allow(clippy::wildcard_imports, reason = "the table uses nearly all of them")]
        use fields::*;

        use super::{Body, Field, Filters, Kind, Limit, Operation, Page, check, read, rows};
    };
    let operations = source("The operations", imports, vec![operations]);
    let imports = quote!(
        use crate::table::{Field, Id, Kind, Limit, Operator, rows};
    );
    let docs = "The fields of bodies and records, their values, and the kinds of identifiers";
    let fields = source(docs, imports, sets.collect());
    let module = &api.module;
    [
        (format!("{module}.rs"), operations),
        (format!("{module}/fields.rs"), fields),
    ]
}

struct Table<'a> {
    root: &'a Value,
    api: &'a Api,
    models: &'a BTreeMap<String, Model>,
    /// All kinds of identifiers.
    kinds: &'a BTreeMap<String, Kind>,
    /// The components that are being read: a recursive component is any JSON.
    around: Vec<&'a str>,
    /// The values that several fields share: the fields of objects and the values of enumerations, by the names of their components;
    /// kinds of identifiers; and operators.
    sets: BTreeMap<String, Vec<String>>,
}

/// A field before it has a flag.
struct Field<'a> {
    name: &'a str,
    /// The parameter, or the property.
    holder: &'a Value,
    schema: &'a Value,
    is_required: bool,
    /// Null clears it, and absence leaves it alone.
    is_clearable: bool,
}

impl<'a> Table<'a> {
    /// The lines of an operation.
    fn operation(&mut self, resource: &Resource, operation: &Operation) -> Vec<String> {
        let value = entries(self.root.get("paths"))
            .flat_map(|(_, item)| entries(Some(item)))
            .find(|(_, value)| text(value, "operationId") == Some(&operation.id))
            .map_or(&Value::Null, |(_, value)| value);
        let parameters = parameters(value);
        let (filters, conditions) = conditions(value);
        let page_size = operation.largest_page().map(|(size, _)| size.wire.clone());
        let taken = flags(parameters.iter().chain(&conditions));
        let (of_parameters, of_conditions) = taken.split_at(parameters.len());
        let (mut path, mut query) = (Vec::new(), Vec::new());
        for (parameter, flag) in parameters.iter().zip(of_parameters) {
            let flag = match &page_size {
                Some(name) if name == parameter.name => "page-size",
                _ => flag,
            };
            let field = self.field(parameter, flag);
            match text(parameter.holder, "in") {
                Some("path") => path.push(field),
                Some("query") => query.push(field),
                _ => {}
            }
        }
        let conditions = conditions.iter().zip(of_conditions);
        let conditions: Vec<String> = conditions
            .map(|(field, flag)| self.condition(field, flag))
            .collect();
        let record = match &operation.response {
            Response::One(name) | Response::Many(name) | Response::Page { item: name, .. } => {
                Some(name.as_str())
            }
            _ => None,
        };
        let columns = self.columns(record);
        let record = record.and_then(|name| self.set(name));
        let (resource_name, verb) = (kebab(&resource.module), kebab(&operation.name));
        let prose = |key| plain(text(value, key).unwrap_or_default());
        let Operation {
            id,
            method,
            path: template,
            evidence,
            source,
            ..
        } = operation;
        let mut lines = vec![
            "Operation {".to_owned(),
            format!(
                "    version: {:?}, resource: {resource_name:?}, verb: {verb:?}, id: {id:?},",
                self.api.version
            ),
            format!("    method: {method:?}, template: {template:?},"),
            format!("    summary: {:?},", prose("summary")),
            format!("    description: {:?},", prose("description")),
            format!("    evidence: {evidence:?}, source: {source:?},"),
        ];
        let mut list = |name: &str, fields: Vec<String>, end: &str| {
            if fields.is_empty() {
                lines.push(format!("    {name}[]{end}"));
                return;
            }
            lines.push(format!("    {name}["));
            lines.extend(fields.into_iter().map(|field| format!("        {field},")));
            lines.push(format!("    ]{end}"));
        };
        list("path: &", path, ",");
        list("query: &", query, ",");
        match filters {
            None => lines.push("    filters: None,".to_owned()),
            Some(name) => {
                let start = format!("filters: Some(Filters {{ parameter: {name:?}, fields: &");
                list(&start, conditions, " }),");
            }
        }
        lines.push(format!(
            "    body: {},",
            option(self.body(resource, operation))
        ));
        lines.push(format!(
            "    check: {},",
            option(self.check(resource, operation))
        ));
        lines.push(format!("    page: {},", option(self.page(operation))));
        lines.push(format!(
            "    record: {},",
            record.as_deref().unwrap_or("&[]")
        ));
        lines.push(format!("    columns: &{columns:?},"));
        lines.push("},".to_owned());
        lines
    }

    fn page(&self, operation: &Operation) -> Option<String> {
        let Response::Page { envelope, .. } = &operation.response else {
            return None;
        };
        let Some(Model::Struct(model)) = self.models.get(envelope) else {
            return None;
        };
        let page = model.page.as_ref()?;
        let size = operation
            .largest_page()
            .map(|(parameter, largest)| (&parameter.wire, largest));
        Some(format!(
            "Page {{ items: {:?}, next_cursor: {:?}, has_more: {:?}, cursor: {:?}, size: {size:?} }}",
            page.items, page.next_cursor, page.has_more, page.cursor_parameter
        ))
    }

    /// The body of an operation that sends a model as JSON.
    fn body(&mut self, resource: &Resource, operation: &Operation) -> Option<String> {
        let Some(Body::Model(name)) = &operation.body else {
            return None;
        };
        if operation.body_media.is_some() || !operation.files.is_empty() || operation.has_builder()
        {
            return None;
        }
        let (argument, id) = path_argument(operation)?;
        let schema = self.root.pointer(&step("/components/schemas", name))?;
        let custom_fields = flag(schema, "x-heffl-custom-fields");
        let fields = self.set(name)?;
        let (version, handle, method) = (&self.api.module, &resource.module, &operation.name);
        let id = id.map(|id| format!("{id}, ")).unwrap_or_default();
        let call = format!("client.{version}().{handle}().{method}({id}read(body)?)");
        Some(format!(
            "Body {{ fields: {fields}, custom_fields: {custom_fields}, call: |client, {argument}, body| \
             Ok({call}.with_response()) }}"
        ))
    }

    /// The call of an operation that only reads.
    fn check(&self, resource: &Resource, operation: &Operation) -> Option<String> {
        let (argument, id) = path_argument(operation).filter(|_| operation.method == "GET")?;
        let (version, handle, method) = (&self.api.module, &resource.module, &operation.name);
        let id = id.unwrap_or_default();
        let end = if operation.has_builder() {
            ".into_call()"
        } else {
            ""
        };
        Some(format!(
            "|client, {argument}, query| check(client.{version}().{handle}().{method}({id}){end}, query)"
        ))
    }

    /// The columns of a table of records.
    fn columns(&self, record: Option<&str>) -> Vec<&'a str> {
        let schema = record.and_then(|name| self.root.pointer(&step("/components/schemas", name)));
        let fields = schema.and_then(|schema| schema.get("properties"));
        let mut columns: Vec<&str> = COLUMNS
            .into_iter()
            .filter(|name| fields.and_then(|fields| fields.get(name)).is_some())
            .collect();
        if columns.len() < 2 {
            let names = entries(fields).map(|(name, _)| name.as_str());
            columns = names.collect();
        }
        columns.truncate(MOST_COLUMNS);
        columns
    }

    /// The name of the set of a component: of the fields of an object, or the values of an enumeration.
    fn set(&mut self, name: &str) -> Option<String> {
        let (name, model) = self.models.get_key_value(name)?;
        let set = naming::upper_snake(name);
        if self.sets.contains_key(&set) {
            return Some(set);
        }
        let lines = match model {
            Model::Enum(model) => {
                let values: Vec<&String> = model.variants.iter().map(|(_, value)| value).collect();
                vec![format!("static {set}: &[&str] = &{values:?};")]
            }
            Model::Struct(model) => {
                if self.around.contains(&name.as_str()) {
                    return None;
                }
                let schema = self.root.pointer(&step("/components/schemas", name))?;
                self.around.push(name);
                // A body has no fields that only the server sets.
                let fields = model.fields.iter().filter_map(|field| {
                    let properties = schema.get("properties")?.as_object()?;
                    let (name, property) = properties.get_key_value(&field.wire)?;
                    Some(Field {
                        name,
                        holder: property,
                        schema: property,
                        is_required: field.presence == Presence::Required,
                        is_clearable: field.presence == Presence::Patch,
                    })
                });
                let fields: Vec<Field<'a>> = fields.collect();
                let flags = flags(&fields);
                let mut lines = vec![format!("static {set}: &[Field] = &[")];
                for (field, flag) in fields.iter().zip(&flags) {
                    lines.push(format!("    {},", self.field(field, flag)));
                }
                lines.push("];".to_owned());
                self.around.pop();
                lines
            }
            Model::Choice(_) | Model::Foreign(..) => return None,
        };
        self.sets.insert(set.clone(), lines);
        Some(set)
    }

    fn field(&mut self, field: &Field<'a>, flag_name: &str) -> String {
        let name = field.name;
        let kind = self.kind(field.holder, field.schema);
        let description = plain(text(field.holder, "description").unwrap_or_default());
        let mut more = String::new();
        if field.is_required {
            more.push_str("required: true, ");
        }
        if field.is_clearable {
            more.push_str("clearable: true, ");
        }
        let limits = limits(field.schema);
        if !limits.is_empty() {
            let _ = write!(more, "limits: &[{}], ", limits.join(", "));
        }
        if let Some(default) = field.schema.get("default") {
            let default = default
                .as_str()
                .map_or_else(|| default.to_string(), str::to_owned);
            let _ = write!(more, "default: Some({default:?}), ");
        }
        let evidence = text(field.holder, "x-heffl-evidence");
        if let Some(evidence) = evidence.filter(|evidence| *evidence != "documented") {
            let _ = write!(more, "evidence: Some({evidence:?}), ");
        }
        let field = format!("Field::new({flag_name:?}, {name:?}, {kind}, {description:?})");
        if more.is_empty() {
            return field;
        }
        format!("Field {{ {more}..{field} }}")
    }

    /// A field that a list can be filtered by, with the operators of its kind.
    fn condition(&mut self, condition: &Field<'a>, flag_name: &str) -> String {
        let field = self.field(condition, flag_name);
        let kind = text(condition.holder, "kind").unwrap_or_default();
        let kinds = self.root.get("x-heffl-filter-kinds");
        let operators = kinds.and_then(|kinds| kinds.get(kind)?.get("operators"));
        let set = naming::upper_snake(&format!("{kind} operators"));
        let mut lines = vec![format!("static {set}: &[Operator] = &[")];
        for (name, operator) in entries(operators) {
            let takes_many = text(operator, "values") == Some("many");
            lines.push(format!(
                "    Operator {{ name: {name:?}, takes_many: {takes_many} }},"
            ));
        }
        lines.push("];".to_owned());
        self.sets.insert(set.clone(), lines);
        format!("({field}, {set})")
    }

    fn kind(&mut self, holder: &'a Value, schema: &'a Value) -> String {
        if let Some(name) = component(schema) {
            let Some(set) = self.set(name) else {
                return "Kind::Json".to_owned();
            };
            let component = self.root.pointer(&step("/components/schemas", name));
            let is_open = component.is_some_and(|schema| flag(schema, "x-heffl-more-options"));
            let kind = match (self.models.get(name), is_open) {
                (Some(Model::Enum(_)), true) => "OpenEnum",
                (Some(Model::Enum(_)), false) => "Enum",
                _ => "Object",
            };
            return format!("Kind::{kind}({set})");
        }
        let id = holder
            .get("x-heffl-id")
            .or_else(|| schema.get("x-heffl-id"));
        if let Some(kind) = id.and_then(|id| self.kinds.get(text(id, "of")?)) {
            let set = naming::upper_snake(&Kind::type_name(&kind.of));
            let includes: Vec<&String> = kind.includes.iter().collect();
            let id = format!(
                "static {set}: Id = Id {{ of: {:?}, prefix: {:?}, includes: &{includes:?} }};",
                kind.of, kind.prefix
            );
            self.sets.insert(set.clone(), vec![id]);
            return format!("Kind::Id(&{set})");
        }
        if flag(holder, "x-heffl-json") || flag(schema, "x-heffl-json") {
            return "Kind::Json".to_owned();
        }
        let kind = match (text(schema, "type"), text(schema, "format")) {
            (Some("string"), Some("date-time")) => "Time",
            (Some("string"), Some("date")) => "Date",
            (Some("string"), _) => "Text",
            (Some("integer"), _) => "Integer",
            (Some("number"), _) => "Decimal",
            (Some("boolean"), _) => "Boolean",
            (Some("array"), _) => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                return format!("Kind::List(&{})", self.kind(items, items));
            }
            _ => "Json",
        };
        format!("Kind::{kind}")
    }
}

/// The name of a closure's argument for the identifier in the path, and that identifier, if the path has one. `None` if
/// it has more than a closure takes.
fn path_argument(operation: &Operation) -> Option<(&'static str, Option<String>)> {
    match operation.path_parameters.as_slice() {
        [] => Some(("_", None)),
        [parameter] => match id_of(&parameter.ty) {
            Some(id) => Some(("id", Some(format!("heffl::{id}::new(id)")))),
            None if type_text(&parameter.ty) == "String" => Some(("id", Some("id".to_owned()))),
            None => None,
        },
        _ => None,
    }
}

/// The parameters of an operation.
fn parameters(operation: &Value) -> Vec<Field<'_>> {
    let parameters = elements(operation.get("parameters"));
    let fields = parameters.map(|parameter| Field {
        name: text(parameter, "name").unwrap_or_default(),
        holder: parameter,
        schema: parameter.get("schema").unwrap_or(&Value::Null),
        is_required: flag(parameter, "required"),
        is_clearable: false,
    });
    fields.collect()
}

/// The fields that a list can be filtered by, and the parameter that takes them.
fn conditions(operation: &Value) -> (Option<&str>, Vec<Field<'_>>) {
    let mut parameters = elements(operation.get("parameters"));
    let Some((parameter, fields)) =
        parameters.find_map(|parameter| Some((parameter, parameter.get("x-heffl-filters")?)))
    else {
        return (None, Vec::new());
    };
    let fields = entries(Some(fields)).map(|(name, field)| Field {
        name,
        holder: field,
        schema: field.get("schema").unwrap_or(&Value::Null),
        is_required: false,
        is_clearable: false,
    });
    (text(parameter, "name"), fields.collect())
}

/// A flag for each field, no two of them the same: the name in kebab case. A field that holds an identifier is named by
/// what it identifies: `stageId` is `stage`, `ownerUserId` is `owner`, and `tagIds` is `tags`.
fn flags<'a>(fields: impl IntoIterator<Item = &'a Field<'a>>) -> Vec<String> {
    let names: Vec<(String, String)> = fields
        .into_iter()
        .map(|field| {
            let long = kebab(field.name);
            let short = short(field, &long).unwrap_or_else(|| long.clone());
            (long, short)
        })
        .collect();
    let mut taken: BTreeSet<String> = names.iter().map(|(long, _)| long.clone()).collect();
    let flag = |(long, short): &(String, String)| {
        if *long != *short && taken.insert(short.clone()) {
            short.clone()
        } else {
            long.clone()
        }
    };
    names.iter().map(flag).collect()
}

fn short(field: &Field<'_>, long: &str) -> Option<String> {
    let of = |value: &Value| Some(text(value.get("x-heffl-id")?, "of")?.to_owned());
    if let Some(of) = of(field.holder).or_else(|| of(field.schema)) {
        let stem = long.strip_suffix("-id")?;
        let role = stem
            .strip_suffix(&of)
            .and_then(|role| role.strip_suffix('-'));
        return Some(role.unwrap_or(stem).to_owned());
    }
    of(field.schema.get("items")?)?;
    Some(format!("{}s", long.strip_suffix("-ids")?))
}

/// The limits of a schema, as variants of the table's `Limit`.
fn limits(schema: &Value) -> Vec<String> {
    const LIMITS: [(&str, &str); 6] = [
        ("minLength", "MinLength"),
        ("maxLength", "MaxLength"),
        ("minItems", "MinItems"),
        ("maxItems", "MaxItems"),
        ("minimum", "Minimum"),
        ("maximum", "Maximum"),
    ];
    let limits = LIMITS.iter().filter_map(|(key, limit)| {
        let bound = schema.get(key)?.to_string();
        Some(format!("Limit::{limit}({bound:?})"))
    });
    limits.collect()
}

fn kebab(name: &str) -> String {
    naming::words(&naming::ascii(name)).join("-")
}

/// One line of text.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn option(value: Option<String>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}
