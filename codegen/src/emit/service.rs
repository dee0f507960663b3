//! The module `api` of the runtime: the constants that differ from API to API.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{Piece, Source, option, origins};
use crate::{
    load::Document,
    service::{self, Key},
};

/// The source of the module; `name` is the name of the crate.
pub(crate) fn module(documents: &[Document], name: &str) -> Source {
    let service = service::read(documents);
    let base_url = service.base_url.as_deref().unwrap_or_default();
    let versions = &service.versions;
    let key = key(&service.key);
    let limit = option(service.requests_per_minute.map(Literal::u64_unsuffixed));
    let variable = name.to_ascii_uppercase().replace('-', "_");
    let (key_variable, url_variable) = (
        format!("{variable}_API_KEY"),
        format!("{variable}_BASE_URL"),
    );
    let agent = format!("{name}-rust/");
    let items: TokenStream = quote! {
        /// The base URL, without the version, unless another one is given.
        pub const DEFAULT_BASE_URL: &str = #base_url;

        /// The documented limit of requests per minute for a key; `None` if none is documented.
        pub const DOCUMENTED_LIMIT: Option<u32> = #limit;

        /// The segments that follow the base URL.
        pub(crate) const VERSIONS: &[&str] = &[#(#versions),*];

        /// The place of the key in a request.
        pub(crate) const KEY: crate::key::Key = #key;

        /// The environment variable with the key.
        pub(crate) const KEY_VARIABLE: &str = #key_variable;

        /// The environment variable with the base URL.
        pub(crate) const BASE_URL_VARIABLE: &str = #url_variable;

        /// The user agent, unless another one is given.
        pub(crate) const USER_AGENT: &str = concat!(#agent, env!("CARGO_PKG_VERSION"));
    };
    Source {
        origin: origins(documents),
        docs: "The API: its address, its versions, its key and its quota.".to_owned(),
        pieces: vec![Piece::Items(items)],
    }
}

/// The place of a key, as the runtime has it.
pub(super) fn key(key: &Key) -> TokenStream {
    match key {
        Key::Header { name, prefix } => {
            quote!(crate::key::Key::Header { name: #name, prefix: #prefix })
        }
        Key::Query(name) => quote!(crate::key::Key::Query(#name)),
        Key::None => quote!(crate::key::Key::None),
    }
}
