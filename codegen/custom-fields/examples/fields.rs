//! Writes `src/fields.rs` from `custom-fields.json`; with `--check`, fails if the two differ.

use std::{error::Error, fs};

use heffl_custom_fields::{Response, generate, parse};

fn main() -> Result<(), Box<dyn Error>> {
    let (file, out) = ("custom-fields.json", "src/fields.rs");
    let (text, entity) = (&*fs::read_to_string(file)?, None);
    let source = generate(&parse(&Response { file, text, entity })?)?;
    if !std::env::args().any(|argument| argument == "--check") {
        fs::write(out, source)?;
    } else if fs::read_to_string(out)? != source {
        return Err("the types are out of date: cargo run --example fields".into());
    }
    Ok(())
}
