//! Names within one file: short ones, and the imports they need.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Type, visit_mut::VisitMut};

use super::{Context, SHARED};
use crate::naming::ident;

/// The names in one file.
pub(super) struct Scope<'a> {
    pub(super) context: &'a Context<'a>,
    module: &'a str,
    ids: BTreeSet<String>,
    /// The imports from other files of the version, by module.
    others: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(context: &'a Context<'a>, module: &'a str) -> Self {
        Self {
            context,
            module,
            ids: BTreeSet::new(),
            others: BTreeMap::new(),
        }
    }

    /// The name of a component, imported if it lives elsewhere.
    pub(super) fn component(&mut self, name: &str) -> TokenStream {
        let place = self.context.api.placement.get(name);
        let module = place.map_or(self.module, |place| place.as_deref().unwrap_or(SHARED));
        if module != self.module {
            self.import(module, name);
        }
        let name = ident(name);
        quote!(#name)
    }

    /// The name of an imported type of the shared module that is not a component.
    pub(super) fn shared(&mut self, name: &str) -> TokenStream {
        self.import(SHARED, name);
        let name = ident(name);
        quote!(#name)
    }

    fn import(&mut self, module: &str, name: &str) {
        let names = self.others.entry(module.to_owned()).or_default();
        names.insert(name.to_owned());
    }

    /// The name of an identifier type, imported.
    pub(super) fn id(&mut self, name: &str) -> TokenStream {
        let short = ident(name);
        if self.context.api.placement.contains_key(name) {
            return quote!(crate::ids::#short);
        }
        self.ids.insert(name.to_owned());
        quote!(#short)
    }

    /// A type of a model, with the names of this file.
    pub(super) fn ty(&mut self, ty: &Type) -> Type {
        let mut ty = ty.clone();
        Shorten { scope: self }.visit_type_mut(&mut ty);
        ty
    }

    /// The same for the types in an item.
    pub(super) fn item(&mut self, item: &mut syn::Item) {
        Shorten { scope: self }.visit_item_mut(item);
    }

    /// `use` items for everything that was named.
    pub(super) fn imports(&self) -> TokenStream {
        let list = |names: &BTreeSet<String>, path: TokenStream| {
            let names = names.iter().map(|name| ident(name));
            quote!(use #path::{#(#names),*};)
        };
        let others = self.others.iter().map(|(module, names)| {
            let module = ident(module);
            list(names, quote!(super::#module))
        });
        let ids = (!self.ids.is_empty()).then(|| list(&self.ids, quote!(crate::ids)));
        quote!(#(#others)* #ids)
    }
}

struct Shorten<'a, 'b> {
    scope: &'a mut Scope<'b>,
}

impl VisitMut for Shorten<'_, '_> {
    /// They name no types of ours.
    fn visit_attributes_mut(&mut self, _: &mut Vec<syn::Attribute>) {}

    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        syn::visit_mut::visit_path_mut(self, path);
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        let names: Vec<String> = names.collect();
        let short = match names.as_slice() {
            [one, ids, id] if one == "crate" && ids == "ids" => self.scope.id(id),
            [name] if self.scope.context.api.placement.contains_key(name) => {
                self.scope.component(name)
            }
            _ => return,
        };
        if let Ok(short) = syn::parse2(short) {
            *path = short;
        }
    }
}
