//! Programs that read a page, one for each generator: in one program, cargo would unify their features.

use super::{
    super::scratch::{Scratch, head},
    Source,
};
use crate::workspace;

/// `heffl` as a dependency, with the features that the others have.
pub(super) fn heffl() -> String {
    format!(
        "heffl = {{ path = {:?}, default-features = false, features = [\"rustls\"] }}\n",
        workspace().join("generated").display().to_string()
    )
}

/// Reads the page in its argument repeatedly, and prints the microseconds of one reading, and whether custom fields are
/// kept.
const TEXT: &str = r#"#![allow(warnings)]
use cpu_time::ThreadTime;
use std::{env, fs, hint::black_box};

fn main() {
    let page = fs::read(env::args().nth(1).unwrap()).unwrap();
    SETUP
    let read = |bytes: &[u8]| -> Result<_, String> { READ };
    let shown = match read(&page) {
        Ok(deals) => format!("{deals:?}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    };
    let count = |text: &str| text.matches("cf_").count();
    let all = count(str::from_utf8(&page).unwrap());
    let kept = match count(&shown) {
        0 => "dropped".to_owned(),
        some if some == all => "kept".to_owned(),
        some => format!("{some} of {all}"),
    };
    let run = |times: u32| {
        let start = ThreadTime::now();
        for _ in 0..times {
            drop(black_box(read(black_box(&page))));
        }
        start.elapsed().as_secs_f64() / f64::from(times)
    };
    let times = (0.2 / run(20)).ceil() as u32;
    println!("{} {kept}", run(times) * 1e6);
}
"#;

/// The package of the program.
pub(super) fn package(peer: &str) -> String {
    format!("read-{peer}")
}

/// Writes the program.
pub(super) fn write(scratch: &Scratch, peer: &str, source: &Source) -> Result<(), String> {
    let typed = |crate_: &str, deals: &str, read: &str| {
        format!(
            "let deals: Result<{crate_}::{deals}, _> = {read}; deals.map_err(|error| error.to_string())"
        )
    };
    let (dependency, setup, read) = match source {
        Source::Heffl => (
            heffl(),
            "let call = heffl::Client::new(\"no-key\").unwrap().v2().deals().list().into_call();",
            "call.read(bytes).map_err(|error| error.to_string())".to_owned(),
        ),
        Source::Progenitor => (
            "stock = { path = \"../stock\" }\n".to_owned(),
            "",
            typed(
                "stock",
                "v2::types::DealList",
                "serde_json::from_slice(bytes)",
            ),
        ),
        Source::Tool { tool, .. } => (
            format!("{peer}-v2 = {{ path = \"../v2\" }}\n{}", tool.needs),
            "",
            typed(
                &format!("{peer}_v2").replace('-', "_"),
                tool.deals,
                tool.read,
            ),
        ),
    };
    scratch.write(
        "read/Cargo.toml",
        &format!(
            "{}{dependency}cpu-time = \"1\"\nserde_json = \"1\"\n",
            head(&package(peer))
        ),
    )?;
    let text = TEXT.replace("SETUP", setup).replace("READ", &read);
    scratch.write("read/src/main.rs", &text)
}
