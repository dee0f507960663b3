//! An example for each operation, compiled as a documentation test of the generated crate.

use super::{CRATE, Context, operations};
use crate::{
    api::{Answer, Api, Operation, Parameter, ParameterType, Resource},
    ids::Kind,
    naming,
    rewrite::{Model, Presence, Struct, type_text},
};

/// The example as Markdown.
pub(super) fn example(
    api: &Api,
    resource: &Resource,
    operation: &Operation,
    context: &Context<'_>,
) -> String {
    let models = context.models;
    let samples = Samples {
        module: &api.module,
        context,
    };
    let mut arguments: Vec<String> = operation
        .path_parameters
        .iter()
        .map(|parameter| samples.parameter(parameter))
        .collect();
    let required = operation
        .query
        .iter()
        .filter(|parameter| parameter.required);
    arguments.extend(required.map(|parameter| samples.parameter(parameter)));
    let mut lines = Vec::new();
    if let Some((name, Model::Struct(body))) = operation
        .body
        .as_ref()
        .and_then(|name| models.get_key_value(name))
    {
        let mut expression = samples.structure(name, body);
        expression.push_str(&samples.one_setter(body));
        lines.push(format!("let body = {expression};"));
        arguments.push("body".to_owned());
    }
    let call = format!(
        "client.{}().{}().{}({})",
        api.module,
        resource.module,
        naming::field(&operation.name),
        arguments.join(", ")
    );
    match &operation.answer {
        Answer::Page { item, .. } | Answer::Many(item) => {
            let item = naming::field(item);
            let size = operation
                .query
                .iter()
                .find(|parameter| parameter.wire == "pageSize");
            let size = size
                .filter(|_| operations::has_builder(operation))
                .map_or("", |_| ".page_size(50)");
            lines.push(format!("for {item} in {call}{size}.await? {{"));
            lines.push(format!("    println!(\"{{{item}:?}}\");"));
            lines.push("}".to_owned());
        }
        Answer::One(name) => {
            let variable = naming::field(name);
            lines.push(format!("let {variable} = {call}.await?;"));
            lines.push(format!("println!(\"{{{variable}:?}}\");"));
        }
    }
    markdown(&lines.join("\n"))
}

/// A code block with `body` laid out, and what makes it compile hidden.
fn markdown(body: &str) -> String {
    let program = format!(
        "async fn example(client: {CRATE}::Client) -> Result<(), Box<dyn std::error::Error>> {{ {body} Ok(()) }}"
    );
    let program = match syn::parse_file(&program) {
        Ok(file) => prettyplease::unparse(&file),
        // The documentation test of this text will say what is wrong with it.
        Err(_) => program,
    };
    let mut out = "# Examples\n\n```no_run\n".to_owned();
    for line in program.lines() {
        match line.strip_prefix("    ") {
            Some("Ok(())") | None => out.extend(["# ", line.trim(), "\n"]),
            Some(line) => out.extend([line, "\n"]),
        }
    }
    out + "```"
}

struct Samples<'a> {
    module: &'a str,
    context: &'a Context<'a>,
}

impl Samples<'_> {
    /// `heffl::v2::CreateDeal::new("…", …)`
    fn structure(&self, name: &str, model: &Struct) -> String {
        let required = model
            .fields
            .iter()
            .filter(|field| field.presence == Presence::Required);
        let arguments: Vec<String> = required
            .map(|field| self.value(&type_text(&field.ty), &field.wire))
            .collect();
        format!(
            "{CRATE}::{}::{name}::new({})",
            self.module,
            arguments.join(", ")
        )
    }

    /// `.title("…")`, for a body that needs nothing: an empty one would show nothing.
    fn one_setter(&self, model: &Struct) -> String {
        if model
            .fields
            .iter()
            .any(|field| field.presence == Presence::Required)
        {
            return String::new();
        }
        let field = model.fields.iter().find(|field| {
            let ty = type_text(&field.ty);
            ty == "String"
                || ty.starts_with("crate::ids::")
                || matches!(self.context.models.get(&ty), Some(Model::Enum(_)))
        });
        field.map_or_else(String::new, |field| {
            format!(
                ".{}({})",
                field.name,
                self.value(&type_text(&field.ty), &field.wire)
            )
        })
    }

    /// `"dl_abc123"`
    fn id(&self, type_name: &str) -> String {
        let kind = self
            .context
            .ids
            .values()
            .find(|kind| Kind::type_name(&kind.of) == type_name);
        let prefix = kind
            .and_then(|kind| kind.prefix.as_deref())
            .unwrap_or_default();
        format!("\"{prefix}abc123\"")
    }

    fn value(&self, ty: &str, wire: &str) -> String {
        if let Some(id) = ty.strip_prefix("crate::ids::") {
            return self.id(id);
        }
        if let Some(item) = ty
            .strip_prefix("Vec<")
            .and_then(|rest| rest.strip_suffix('>'))
        {
            return format!("[{}]", self.value(item, wire));
        }
        match ty {
            "crate::Secret" => "\"secret\"".to_owned(),
            "String" => format!("{:?}", naming::snake(wire).replace('_', " ")),
            "bool" | "serde_json::Value" => "true".to_owned(),
            "i64" => "1".to_owned(),
            "f64" => "1.0".to_owned(),
            "crate::Money" => "250".to_owned(),
            "crate::DateTime" => format!("\"2026-06-30T00:00:00Z\".parse::<{CRATE}::DateTime>()?"),
            "crate::JsonObject" => format!("{CRATE}::JsonObject::new()"),
            _ => match self.context.models.get(ty) {
                Some(Model::Struct(model)) => self.structure(ty, model),
                Some(Model::Enum(model)) => {
                    let variant = model
                        .variants
                        .first()
                        .map(|(variant, _)| variant.to_string())
                        .unwrap_or_default();
                    format!("{CRATE}::{}::{ty}::{variant}", self.module)
                }
                None => "Default::default()".to_owned(),
            },
        }
    }

    fn parameter(&self, parameter: &Parameter) -> String {
        match &parameter.ty {
            ParameterType::Unsigned | ParameterType::Integer => "1".to_owned(),
            ParameterType::Number => "1.0".to_owned(),
            ParameterType::Boolean => "true".to_owned(),
            ParameterType::Json => "&true".to_owned(),
            ParameterType::DateTime => self.value("crate::DateTime", &parameter.wire),
            ParameterType::Component(name) => self.value(name, &parameter.wire),
            ParameterType::Id(name) => self.id(name),
            ParameterType::Text => "\"abc123\"".to_owned(),
        }
    }
}
