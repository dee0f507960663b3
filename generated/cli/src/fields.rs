//! `heffl fields`: the custom fields of the workspace.

pub(crate) mod saved;

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use heffl::{
    PipelineId,
    v2::{CustomField, CustomFieldEntity},
};
use heffl_custom_fields::{Definition, Entity, compare, generate};
use serde_json::json;

use crate::{
    data::{self, Val},
    failure::{Failure, written},
    folders,
    globals::Globals,
    output::{Columns, End, Options, Shape},
};
use saved::Saved;

/// Custom fields of the workspace: save their definitions, show them, write Rust types
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Pull(Pull),
    Show(Show),
    Types(Types),
}

/// Read the definitions and save them, so that --set knows their types
///
/// The definitions are saved for the API key and the address, in a file that only you can read. The command reports changes
/// since the last time.
#[derive(Debug, Args)]
pub(crate) struct Pull {
    /// Also read the fields of this deal pipeline; can be repeated
    #[arg(long, value_name = "ID", conflicts_with = "from")]
    pipeline: Vec<PipelineId>,
    #[command(flatten)]
    file: Source,
}

/// Print the saved definitions
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    file: Source,
    #[command(flatten)]
    output: Options,
}

/// Print Rust types of the custom fields, for programs that use the crate heffl; needs rustfmt
#[derive(Debug, Args)]
pub(crate) struct Types {
    #[command(flatten)]
    file: Source,
}

/// A file with definitions, instead of the API or the saved definitions.
#[derive(Debug, Args)]
struct Source {
    /// File with a response of `GET /v2/custom-fields`, or with a list of definitions for each resource
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The resource of the definitions, for a file that does not name it: contacts, companies, deals or tasks
    #[arg(long, value_name = "RESOURCE", requires = "from")]
    resource: Option<String>,
}

impl Source {
    /// The text of the file, and its definitions.
    fn read(&self) -> Result<Option<(String, Saved)>, Failure> {
        let Some(file) = &self.from else {
            return Ok(None);
        };
        let text = fs::read_to_string(file)
            .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        let text = match &self.resource {
            Some(resource) => format!("{{{}: {text}}}", json!(resource)),
            None => text,
        };
        let definitions = Saved::parse(file, &text)?;
        Ok(Some((text, definitions)))
    }

    /// The definitions of the file, or the saved ones.
    fn definitions(&self, globals: &Globals) -> Result<Saved, Failure> {
        if let Some((_, definitions)) = self.read()? {
            return Ok(definitions);
        }
        Saved::read(globals)?.ok_or_else(|| {
            Failure::usage("no definitions of custom fields are saved for this API key")
                .hint("`heffl fields pull` reads and saves them; --from takes them from a file")
        })
    }
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals) -> Result<(), Failure> {
        match self {
            Self::Pull(arguments) => arguments.run(globals).await,
            Self::Show(arguments) => arguments.run(globals),
            Self::Types(arguments) => {
                let definitions = arguments.file.definitions(globals)?;
                let source = generate(&definitions.0).map_err(Failure::other)?;
                written(io::stdout().write_all(source.as_bytes()))
            }
        }
    }
}

impl Pull {
    async fn run(&self, globals: &Globals) -> Result<(), Failure> {
        let file = saved::file(globals)?;
        let (text, new) = match self.file.read()? {
            Some(read) => read,
            None => {
                let text = self.response(globals).await?;
                let new = Saved::parse(&file, &text)?;
                (text, new)
            }
        };
        let old = Saved::read(globals);
        folders::write_private(&file, text.as_bytes())?;
        // Another version may have saved the file in another form. It is replaced.
        if let Ok(Some(old)) = old {
            for change in compare(&old.0, &new.0) {
                globals.report(change.message);
            }
        }
        let count = new.0.fields().count();
        let plural = if count == 1 { "" } else { "s" };
        globals.report(format_args!(
            "saved {count} definition{plural} in {}",
            file.display()
        ));
        Ok(())
    }

    /// The definitions of all resources.
    async fn response(&self, globals: &Globals) -> Result<String, Failure> {
        let client = globals.client()?;
        let mut definitions: BTreeMap<&str, Vec<CustomField>> = BTreeMap::new();
        for entity in CustomFieldEntity::VALUES {
            let list = || client.v2().custom_fields().list().entity(entity.clone());
            let mut fields = list().stream().try_collect().await?;
            if *entity == CustomFieldEntity::Deals {
                for pipeline in &self.pipeline {
                    let list = list().pipeline_id(pipeline);
                    fields.extend(list.stream().try_collect().await?);
                }
            }
            definitions.insert(entity.as_str(), fields);
        }
        serde_json::to_string_pretty(&definitions).map_err(Failure::other)
    }
}

impl Show {
    fn run(&self, globals: &Globals) -> Result<(), Failure> {
        const COLUMNS: [&str; 5] = ["resource", "key", "label", "type", "options"];
        let definitions = self.file.definitions(globals)?;
        let columns = Columns {
            usual: &COLUMNS,
            all: COLUMNS.to_vec(),
        };
        let mut printer = self.output.printer(Shape::List, columns)?;
        for (entity, field) in definitions.0.fields() {
            printer.record(record(entity, field)?)?;
        }
        printer.end(&End::default()).map(drop)
    }
}

fn record(entity: &Entity, field: &Definition) -> Result<Val, Failure> {
    let options: Vec<&str> = field.options.iter().map(|it| it.value.as_str()).collect();
    let record = json!({
        "resource": entity.name,
        "key": field.key,
        "label": field.label,
        "type": field.type_name,
        "options": options,
    });
    data::received(&record.to_string())
}
