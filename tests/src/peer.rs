//! progenitor as a library, for comparisons with this generator.

/// The client that progenitor generates in a build script. Panics if progenitor panics.
pub(crate) fn progenitor(text: &str) -> Result<String, String> {
    let document: openapiv3::OpenAPI =
        serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let tokens = progenitor::Generator::default()
        .generate_tokens(&document)
        .map_err(|error| error.to_string())?;
    let file = syn::parse2(tokens).map_err(|error| error.to_string())?;
    Ok(prettyplease::unparse(&file))
}
