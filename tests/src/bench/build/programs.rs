//! Programs that await every operation once. Their arguments do not matter, because the calls are never executed.

use syn::{
    FnArg, GenericArgument, Ident, ImplItem, ImplItemFn, Item, ItemImpl, Path, PathArguments,
    ReturnType, Type, TypeParamBound, Visibility,
};

/// The beginning of each program: a value of any type that the compiler cannot see through.
const BEGINNING: &str = "\
#[inline(never)]
fn any<T>() -> T {
    std::hint::black_box(None).unwrap()
}

async fn calls(which: usize) {
";

const END: &str = "        _ => {}
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(calls(std::env::args().count()));
}
";

/// A program that makes its clients and awaits these expressions, each a result.
pub(super) fn program(clients: &str, calls: &[String]) -> String {
    let arms = calls.iter().enumerate().map(|(number, call)| {
        format!("        {number} => std::process::exit(i32::from({call}.await.is_ok())),\n")
    });
    [BEGINNING, clients, "    match which {\n"]
        .into_iter()
        .map(str::to_owned)
        .chain(arms)
        .chain([END.to_owned()])
        .collect()
}

/// The calls of one file of `heffl`: one resource of one version. Empty where the file has no handle.
pub(super) fn of_heffl(version: &str, resource: &str, text: &str) -> Result<Vec<String>, String> {
    let file = parse(resource, text)?;
    let mut calls = Vec::new();
    for block in inherent(&file) {
        if !is_handle(&block.self_ty) {
            continue;
        }
        for method in public(block) {
            let name = &method.sig.ident;
            let arguments: Vec<String> = types(method)
                .map(|ty| match ty {
                    // `impl Into<DealId>`: identifiers are in the root of the crate.
                    Type::ImplTrait(ty) => match ty.bounds.first() {
                        Some(TypeParamBound::Trait(bound)) => into(&bound.path),
                        _ => None,
                    }
                    .map_or_else(
                        || "any()".to_owned(),
                        |name| format!("any::<heffl::{name}>()"),
                    ),
                    _ => "any()".to_owned(),
                })
                .collect();
            calls.push(format!(
                "heffl.{version}().{resource}().{name}({})",
                arguments.join(", ")
            ));
        }
    }
    Ok(calls)
}

/// The name of the type in `Into<…>`.
fn into(path: &Path) -> Option<&Ident> {
    let PathArguments::AngleBracketed(arguments) = &path.segments.last()?.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(Type::Path(ty)) => Some(&ty.path.segments.last()?.ident),
        _ => None,
    }
}

/// A handle borrows the client; builders and models do not.
fn is_handle(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let last = path.path.segments.last().map(|last| &last.arguments);
    matches!(last, Some(PathArguments::AngleBracketed(arguments))
        if arguments.args.iter().any(|argument| matches!(argument, GenericArgument::Lifetime(_))))
}

/// The calls of progenitor's client.
pub(super) fn of_stock(version: &str, text: &str) -> Result<Vec<String>, String> {
    let file = parse(version, text)?;
    let mut calls = Vec::new();
    for block in inherent(&file) {
        for method in public(block) {
            if method.sig.asyncness.is_none() {
                continue;
            }
            let name = &method.sig.ident;
            let arguments: Vec<&str> = types(method).map(|_| "any()").collect();
            calls.push(format!("{version}.{name}({})", arguments.join(", ")));
        }
    }
    Ok(calls)
}

fn parse(name: &str, text: &str) -> Result<syn::File, String> {
    syn::parse_file(text).map_err(|error| format!("{name}: {error}"))
}

fn inherent(file: &syn::File) -> impl Iterator<Item = &ItemImpl> {
    file.items.iter().filter_map(|item| match item {
        Item::Impl(block) if block.trait_.is_none() => Some(block),
        _ => None,
    })
}

/// Methods that send something.
fn public(block: &ItemImpl) -> impl Iterator<Item = &ImplItemFn> {
    block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method)
            if matches!(method.vis, Visibility::Public(_))
                && method.sig.receiver().is_some()
                && !matches!(method.sig.output, ReturnType::Default) =>
        {
            Some(method)
        }
        _ => None,
    })
}

fn types(method: &ImplItemFn) -> impl Iterator<Item = &Type> {
    method
        .sig
        .inputs
        .iter()
        .filter_map(|argument| match argument {
            FnArg::Typed(argument) => Some(&*argument.ty),
            FnArg::Receiver(_) => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_of_a_handle_is_a_call_and_nothing_else_is() {
        let text = "
            pub struct Gadgets<'a> { client: &'a Client }
            impl Gadgets<'_> {
                pub(crate) fn new(client: &Client) -> Self { Self { client } }
                pub fn list(self) -> ListGadgets { loop {} }
                pub fn update(self, id: impl Into<GadgetId>, body: UpdateGadget) -> Call<Gadget> { loop {} }
            }
            impl ListGadgets { pub fn call(self) -> Call<Gadget> { loop {} } }
            impl UpdateGadget { pub fn name(mut self, value: impl Into<String>) -> Self { self } }
        ";
        assert_eq!(
            of_heffl("v2", "gadgets", text).unwrap(),
            [
                "heffl.v2().gadgets().list()",
                "heffl.v2().gadgets().update(any::<heffl::GadgetId>(), any())",
            ]
        );
    }

    #[test]
    fn each_async_method_of_the_stock_client_is_a_call() {
        let text = "
            impl Client { pub fn new(url: &str) -> Self { loop {} } }
            impl ClientInfo<()> for Client { fn api_version() -> &'static str { loop {} } }
            impl Client {
                pub async fn get_gadget<'a>(&'a self, id: &'a str) -> Result<(), Error> { loop {} }
            }
        ";
        assert_eq!(of_stock("v1", text).unwrap(), ["v1.get_gadget(any())"]);
    }
}
