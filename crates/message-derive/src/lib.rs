//! `#[derive(ToMessage)]`; see the documentation of `mien-message`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Error, Expr, Fields, Ident, Result, Token, Type, Variant, parse_macro_input};

/// Derives `mien_message::ToMessage` for an enum.
#[proc_macro_derive(ToMessage, attributes(error, message))]
pub fn derive(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "only enums become messages"));
    };
    let name = &input.ident;
    let text = name.to_string();
    let prefix = kebab_case(text.strip_suffix("Error").unwrap_or(&text));
    let (mut arms, mut forms) = (Vec::new(), Vec::new());
    for variant in &data.variants {
        let (arm, form) = expand_variant(&prefix, variant)?;
        arms.push(arm);
        forms.push(form);
    }
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    Ok(quote! {
        impl #impl_generics ::mien_message::ToMessage for #name #type_generics #where_clause {
            fn message(&self) -> ::mien_message::Message {
                match self { #(#arms)* }
            }

            fn forms(forms: &mut ::mien_message::Forms) {
                #(#forms)*
            }
        }
    })
}

/// The code that converts a variant to a message and lists its forms.
fn expand_variant(prefix: &str, variant: &Variant) -> Result<(TokenStream, TokenStream)> {
    let name = &variant.ident;
    let options = Options::of(&variant.attrs)?;
    if options.opaque {
        let id = format!("{prefix}/{}", kebab_case(&name.to_string()));
        let arm = quote!(Self::#name { .. } => ::mien_message::Message::new(#id, [], ::std::string::ToString::to_string(self)),);
        return Ok((arm, quote!(forms.insert(#id, ::std::vec![]);)));
    }
    if is_transparent(&variant.attrs) {
        let Some(field) = variant.fields.iter().next() else {
            return Err(Error::new_spanned(name, "there is no message to pass on"));
        };
        let inner = &field.ty;
        let arm = quote!(Self::#name(inner) => ::mien_message::ToMessage::message(inner),);
        return Ok((arm, quote!(<#inner as ::mien_message::ToMessage>::forms(forms);)));
    }
    let id = format!("{prefix}/{}", kebab_case(&name.to_string()));
    let fields: Vec<(String, Ident, &Type)> = variant
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| match &field.ident {
            Some(ident) => (ident.to_string(), ident.clone(), &field.ty),
            None => (index.to_string(), format_ident!("field_{index}"), &field.ty),
        })
        .collect();
    let bindings: Vec<&Ident> = fields.iter().map(|(_, binding, _)| binding).collect();
    let pattern = match variant.fields {
        Fields::Named(_) => quote!({ #(#bindings),* }),
        Fields::Unnamed(_) => quote!(( #(#bindings),* )),
        Fields::Unit => quote!(),
    };
    let names: Vec<&String> = fields.iter().map(|(name, ..)| name).collect();
    let types: Vec<&Type> = fields.iter().map(|(.., of)| *of).collect();
    let added: Vec<String> = options.added.iter().map(|(name, _)| name.to_string()).collect();
    let values: Vec<&Expr> = options.added.iter().map(|(_, value)| value).collect();
    let arm = quote! {
        Self::#name #pattern => ::mien_message::Message::new(
            #id,
            [
                #((#names, ::mien_message::ToArgument::argument(#bindings)),)*
                #((#added, ::mien_message::ToArgument::argument(&(#values))),)*
            ],
            ::std::string::ToString::to_string(self),
        ),
    };
    let form = quote! {
        // a type may hold itself
        if forms.insert(#id, ::std::vec![#(#names,)* #(#added),*]).is_none() {
            #(<#types as ::mien_message::ToArgument>::forms(forms);)*
        }
    };
    Ok((arm, form))
}

/// The content of `#[message(…)]`.
#[derive(Default)]
struct Options {
    opaque: bool,
    added: Vec<(Ident, Expr)>,
}

impl Options {
    fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut options = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("message")) {
            attribute.parse_nested_meta(|meta| {
                let Some(name) = meta.path.get_ident().cloned() else {
                    return Err(meta.error("expected `opaque` or `name = expression`"));
                };
                if meta.input.peek(Token![=]) {
                    options.added.push((name, meta.value()?.parse()?));
                } else if name == "opaque" {
                    options.opaque = true;
                } else {
                    return Err(meta.error("expected `opaque` or `name = expression`"));
                }
                Ok(())
            })?;
        }
        Ok(options)
    }
}

/// Whether the variant has `#[error(transparent)]`.
fn is_transparent(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("error")
            && attribute
                .parse_args_with(Punctuated::<Ident, Token![,]>::parse_terminated)
                .is_ok_and(|words| words.iter().any(|word| word == "transparent"))
    })
}

/// Converts `TooHTMLish` to `too-html-ish`.
fn kebab_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let after_lower = index > 0 && !letters[index - 1].is_uppercase();
        let before_lower = index > 0 && letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_lower || before_lower) {
            out.push('-');
        }
        out.extend(letter.to_lowercase());
    }
    out
}
