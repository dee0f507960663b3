//! A table of the operations of one version, for a command line: parameters, bodies, filters and records with their
//! flags, and how a body is read into its model.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::{CRATE, Piece, Source};
use crate::{
    api::{Answer, Api, Body, Operation, ParameterType, Resource},
    ids::Kind,
    json::{component, elements, entries, flag, step, text},
    load::Document,
    models::{Model, Presence},
    naming::{self, ident},
    normalise::Normal,
};

/// What a table shows of a record, in this order, as far as the record has it.
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

/// The most columns of a table, unless more are asked for.
const MOST_COLUMNS: usize = 7;

/// The file of one version.
pub(super) fn module(
    document: &Document,
    normal: &Normal,
    api: &Api,
    models: &BTreeMap<String, Model>,
    kinds: &BTreeMap<String, Kind>,
) -> Source {
    let mut table = Table {
        root: &normal.value,
        api,
        models,
        kinds,
        around: Vec::new(),
        sets: BTreeMap::new(),
    };
    let operations: Vec<TokenStream> = api
        .resources
        .iter()
        .flat_map(|resource| resource.operations.iter().map(move |it| (resource, it)))
        .map(|(resource, operation)| table.operation(resource, operation))
        .collect();
    let sets = table.sets.into_values();
    let items = quote! {
        use super::{Body, Field, Filters, Id, Kind, Limit, Operation, Operator, Page, read};
        /// The operations.
        pub(super) static OPERATIONS: &[Operation] = &[#(#operations),*];
        #(#sets)*
    };
    Source {
        origin: document.file.clone(),
        docs: format!("The operations of API {}.", api.version),
        pieces: vec![Piece::Items(items)],
    }
}

struct Table<'a> {
    root: &'a Value,
    api: &'a Api,
    models: &'a BTreeMap<String, Model>,
    /// All kinds of identifiers.
    kinds: &'a BTreeMap<String, Kind>,
    /// The components that are being read: what holds itself is any JSON.
    around: Vec<&'a str>,
    /// What several fields share: the fields of objects and the values of enumerations, by the names of their components;
    /// kinds of identifiers; and operators.
    sets: BTreeMap<String, TokenStream>,
}

/// A field before it has a flag.
struct Field<'a> {
    name: &'a str,
    /// The parameter, or the property.
    holder: &'a Value,
    schema: &'a Value,
    is_required: bool,
    /// A model tells null from absence.
    is_clearable: bool,
}

impl<'a> Table<'a> {
    fn operation(&mut self, resource: &Resource, operation: &Operation) -> TokenStream {
        let value = entries(self.root.get("paths"))
            .flat_map(|(_, item)| entries(Some(item)))
            .find(|(_, value)| text(value, "operationId") == Some(&operation.id))
            .map_or(&Value::Null, |(_, value)| value);
        let parameters: Vec<Field<'a>> = elements(value.get("parameters"))
            .map(|parameter| Field {
                name: text(parameter, "name").unwrap_or_default(),
                holder: parameter,
                schema: parameter.get("schema").unwrap_or(&Value::Null),
                is_required: flag(parameter, "required"),
                is_clearable: false,
            })
            .collect();
        let conditions = elements(value.get("parameters"))
            .find_map(|parameter| Some((parameter, parameter.get("x-heffl-filters")?)));
        let conditions_fields = entries(conditions.map(|(_, fields)| fields));
        let conditions_fields: Vec<Field<'a>> = conditions_fields
            .map(|(name, field)| Field {
                name,
                holder: field,
                schema: field.get("schema").unwrap_or(&Value::Null),
                is_required: false,
                is_clearable: false,
            })
            .collect();
        let page_size = operation.largest_page().map(|(size, _)| size.wire.clone());
        let taken = flags(parameters.iter().chain(&conditions_fields));
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
        let filters = conditions.map(|(parameter, _)| {
            let name = text(parameter, "name").unwrap_or_default();
            let fields = conditions_fields.iter().zip(of_conditions);
            let fields: Vec<_> = fields
                .map(|(field, flag)| self.condition(field, flag))
                .collect();
            quote!(Filters { parameter: #name, fields: &[#(#fields),*] })
        });
        let (filters, body, page) = (
            option(filters),
            option(self.body(resource, operation)),
            option(self.page(operation)),
        );
        let record = match &operation.answer {
            Answer::One(name) | Answer::Many(name) | Answer::Page { item: name, .. } => Some(name),
            _ => None,
        };
        let columns = self.columns(record.map(String::as_str));
        let record = record.and_then(|name| self.set(name));
        let record = record.map_or_else(|| quote!(&[]), |name| quote!(#name));
        let (resource, verb) = (kebab(&resource.module), kebab(&operation.name));
        let said = |key| plain(text(value, key).unwrap_or_default());
        let (summary, description) = (said("summary"), said("description"));
        let (version, id) = (&self.api.version, &operation.id);
        let (method, template) = (&operation.method, &operation.path);
        let (evidence, source) = (&operation.evidence, &operation.source);
        quote! {
            Operation {
                version: #version,
                resource: #resource,
                verb: #verb,
                id: #id,
                method: #method,
                template: #template,
                summary: #summary,
                description: #description,
                evidence: #evidence,
                source: #source,
                path: &[#(#path),*],
                query: &[#(#query),*],
                filters: #filters,
                body: #body,
                page: #page,
                record: #record,
                columns: &[#(#columns),*],
            }
        }
    }

    fn page(&self, operation: &Operation) -> Option<TokenStream> {
        let Answer::Page { envelope, .. } = &operation.answer else {
            return None;
        };
        let Some(Model::Struct(model)) = self.models.get(envelope) else {
            return None;
        };
        let page = model.page.as_ref()?;
        let items = &page.items;
        let [next, more, cursor] = [&page.next_cursor, &page.has_more, &page.cursor_parameter]
            .map(|text| option(text.as_ref().map(|text| quote!(#text))));
        let size = operation.largest_page().map(|(parameter, largest)| {
            let name = &parameter.wire;
            quote!((#name, #largest))
        });
        let size = option(size);
        Some(quote! {
            Page { items: #items, next_cursor: #next, has_more: #more, cursor: #cursor, size: #size }
        })
    }

    /// The body of an operation that sends a model as JSON.
    fn body(&mut self, resource: &Resource, operation: &Operation) -> Option<TokenStream> {
        let Some(Body::Model(name)) = &operation.body else {
            return None;
        };
        if operation.body_media.is_some() || !operation.files.is_empty() || operation.has_builder()
        {
            return None;
        }
        let id = match operation.path_parameters.as_slice() {
            [] => None,
            [parameter] => match &parameter.ty {
                ParameterType::Id(id) => Some(ident(id)),
                _ => return None,
            },
            _ => return None,
        };
        let krate = ident(CRATE);
        let id = id.map(|id| quote!(#krate::#id::new(id),));
        let argument = ident(if id.is_some() { "id" } else { "_" });
        let [version, handle, method] =
            [&self.api.module, &resource.module, &operation.name].map(|name| ident(name));
        let schema = self.root.pointer(&step("/components/schemas", name))?;
        let custom_fields = flag(schema, "x-heffl-custom-fields");
        let fields = self.set(name)?;
        Some(quote! {
            Body {
                fields: #fields,
                custom_fields: #custom_fields,
                call: |client, #argument, body| {
                    Ok(client.#version().#handle().#method(#id read(body)?).with_response())
                },
            }
        })
    }

    /// What a table shows of a record.
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
    fn set(&mut self, name: &str) -> Option<proc_macro2::Ident> {
        let (name, model) = self.models.get_key_value(name)?;
        let set = ident(&naming::upper_snake(name));
        if self.sets.contains_key(name) {
            return Some(set);
        }
        let items = match model {
            Model::Enum(model) => {
                let values = model.variants.iter().map(|(_, value)| value);
                quote!(static #set: &[&str] = &[#(#values),*];)
            }
            Model::Struct(model) => {
                if self.around.contains(&name.as_str()) {
                    return None;
                }
                let schema = self.root.pointer(&step("/components/schemas", name))?;
                self.around.push(name);
                // What only the server sets is no field of a body.
                let fields = model.fields.iter().filter_map(|field| {
                    let (name, property) = schema
                        .get("properties")?
                        .as_object()?
                        .get_key_value(&field.wire)?;
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
                let fields: Vec<TokenStream> = fields
                    .iter()
                    .zip(&flags)
                    .map(|(field, flag)| self.field(field, flag))
                    .collect();
                self.around.pop();
                quote!(static #set: &[Field] = &[#(#fields),*];)
            }
            Model::Choice(_) | Model::Foreign(..) => return None,
        };
        self.sets.insert(name.clone(), items);
        Some(set)
    }

    fn field(&mut self, field: &Field<'a>, flag_name: &str) -> TokenStream {
        let name = field.name;
        let kind = self.kind(field.holder, field.schema);
        let description = plain(text(field.holder, "description").unwrap_or_default());
        let required = field.is_required.then(|| quote!(.required()));
        let clearable = field.is_clearable.then(|| quote!(.clearable()));
        let limits = limits(field.schema);
        let limits = (!limits.is_empty()).then(|| quote!(.limits(&[#(#limits),*])));
        let evidence = text(field.holder, "x-heffl-evidence").filter(|it| *it != "documented");
        let evidence = evidence.map(|evidence| quote!(.evidence(#evidence)));
        let default = field.schema.get("default").map(|default| match default {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let default = default.map(|default| quote!(.default(#default)));
        quote! {
            Field::new(#flag_name, #name, #kind, #description)
                #required #clearable #limits #default #evidence
        }
    }

    /// A field that a list can be filtered by, with the operators of its kind.
    fn condition(&mut self, condition: &Field<'a>, flag_name: &str) -> TokenStream {
        let field = self.field(condition, flag_name);
        let kind = text(condition.holder, "kind").unwrap_or_default();
        let kinds = self.root.get("x-heffl-filter-kinds");
        let operators = kinds.and_then(|kinds| kinds.get(kind)?.get("operators"));
        let operators = entries(operators).map(|(name, operator)| {
            let takes_many = text(operator, "values") == Some("many");
            quote!(Operator { name: #name, takes_many: #takes_many })
        });
        let set = naming::upper_snake(&format!("{kind} operators"));
        let name = ident(&set);
        let items = quote!(static #name: &[Operator] = &[#(#operators),*];);
        self.sets.insert(set, items);
        quote!((#field, #name))
    }

    fn kind(&mut self, holder: &'a Value, schema: &'a Value) -> TokenStream {
        if let Some(name) = component(schema) {
            let is_enum = matches!(self.models.get(name), Some(Model::Enum(_)));
            let is_open = self
                .root
                .pointer(&step("/components/schemas", name))
                .is_some_and(|schema| flag(schema, "x-heffl-more-options"));
            return match self.set(name) {
                Some(values) if is_enum && is_open => quote!(Kind::OpenEnum(#values)),
                Some(values) if is_enum => quote!(Kind::Enum(#values)),
                Some(fields) => quote!(Kind::Object(#fields)),
                None => quote!(Kind::Json),
            };
        }
        let id = holder
            .get("x-heffl-id")
            .or_else(|| schema.get("x-heffl-id"));
        let kind = id.and_then(|id| self.kinds.get(text(id, "of")?));
        if let Some(kind) = kind {
            let of = &kind.of;
            let prefix = option(kind.prefix.as_ref().map(|prefix| quote!(#prefix)));
            let includes = kind.includes.iter();
            let set = naming::upper_snake(&Kind::type_name(of));
            let name = ident(&set);
            let items = quote! {
                static #name: Id = Id { of: #of, prefix: #prefix, includes: &[#(#includes),*] };
            };
            self.sets.insert(set, items);
            return quote!(Kind::Id(&#name));
        }
        if flag(holder, "x-heffl-json") || flag(schema, "x-heffl-json") {
            return quote!(Kind::Json);
        }
        match (text(schema, "type"), text(schema, "format")) {
            (Some("string"), Some("date-time")) => quote!(Kind::Time),
            (Some("string"), Some("date")) => quote!(Kind::Date),
            (Some("string"), _) => quote!(Kind::Text),
            (Some("integer"), _) => quote!(Kind::Integer),
            (Some("number"), _) => quote!(Kind::Decimal),
            (Some("boolean"), _) => quote!(Kind::Boolean),
            (Some("array"), _) => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                let items = self.kind(items, items);
                quote!(Kind::List(&#items))
            }
            _ => quote!(Kind::Json),
        }
    }
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
fn limits(schema: &Value) -> Vec<TokenStream> {
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
        let limit = ident(limit);
        Some(quote!(Limit::#limit(#bound)))
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

fn option(tokens: Option<TokenStream>) -> TokenStream {
    tokens.map_or_else(|| quote!(None), |tokens| quote!(Some(#tokens)))
}
