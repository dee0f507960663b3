//! The types to compare with: they derive serde, and use `String` for all text. `Plain…` drops custom fields; `Flat…`
//! keeps them in a map, as other generators do.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, Deserialize)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub meta: Meta,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    pub next_cursor: Option<String>,
    pub has_more: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    Draft,
    Sent,
    Accepted,
    Rejected,
    Active,
    Won,
    Lost,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Priority {
    Low,
    Medium,
    High,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    pub name: Option<String>,
    pub quantity: Option<f64>,
    pub price: Option<f64>,
    pub product_id: Option<String>,
    pub description: Option<String>,
    pub tax: Option<f64>,
    pub tax_rate_id: Option<String>,
    pub discount: Option<f64>,
    pub scope: Option<String>,
}

macro_rules! records {
    ($quotation:ident, $deal:ident $(, $(#[$attribute:meta])* $extra:ident: $type:ty)?) => {
        #[derive(Clone, Debug, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $quotation {
            pub id: String,
            pub number: String,
            pub date: String,
            pub status: Status,
            pub currency: String,
            pub created_at: String,
            pub subject: Option<String>,
            pub expiry_date: Option<String>,
            pub conversion_rate: Option<f64>,
            pub is_inclusive_tax: Option<bool>,
            pub client_id: Option<String>,
            pub contact_id: Option<String>,
            pub deal_id: Option<String>,
            pub sales_person_id: Option<String>,
            pub template_id: Option<String>,
            pub content_html: Option<String>,
            pub internal_notes: Option<String>,
            pub total_amount: Option<f64>,
            pub subtotal_amount: Option<f64>,
            pub total_tax_amount: Option<f64>,
            pub total_discount_amount: Option<f64>,
            pub tag_ids: Option<Vec<String>>,
            pub line_items: Option<Vec<Line>>,
            pub marked_accepted_on: Option<String>,
            pub marked_rejected_on: Option<String>,
            pub updated_at: Option<String>,
            $($(#[$attribute])* pub $extra: $type,)?
        }

        #[derive(Clone, Debug, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $deal {
            pub id: String,
            pub number: Option<String>,
            pub title: Option<String>,
            pub contact_emails: Option<Vec<String>>,
            pub client_id: Option<String>,
            pub client: Option<serde_json::Map<String, Value>>,
            pub price: Option<f64>,
            pub expected_close_date: Option<String>,
            pub status: Option<Status>,
            pub priority: Option<Priority>,
            pub pipeline_id: Option<String>,
            pub stage_id: Option<String>,
            pub stage: Option<String>,
            pub lead_id: Option<String>,
            pub lead_name: Option<String>,
            pub crm_source_id: Option<String>,
            pub source: Option<String>,
            pub owner_user_id: Option<String>,
            pub owner_id: Option<String>,
            pub owner_name: Option<String>,
            pub created_at: Option<String>,
            pub updated_at: Option<String>,
            $($(#[$attribute])* pub $extra: $type,)?
        }
    };
}

records!(PlainQuotation, PlainDeal);
records!(FlatQuotation, FlatDeal, #[serde(flatten)] extra: HashMap<String, Value>);

/// A body with its custom fields declared one by one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateDeal {
    pub title: String,
    pub client_id: String,
    pub pipeline_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_close_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    pub products: Vec<CreateLine>,
    #[serde(rename = "cf_industry")]
    pub industry: String,
    #[serde(rename = "cf_delivery_note")]
    pub delivery_note: String,
    #[serde(rename = "cf_account_ref")]
    pub account_ref: String,
    #[serde(rename = "cf_seats")]
    pub seats: i64,
    #[serde(rename = "cf_margin")]
    pub margin: f64,
    #[serde(rename = "cf_discount_cap")]
    pub discount_cap: f64,
    #[serde(rename = "cf_is_renewal")]
    pub is_renewal: bool,
    #[serde(rename = "cf_regions")]
    pub regions: Vec<String>,
    #[serde(rename = "cf_previous_vendor")]
    pub previous_vendor: Option<String>,
    #[serde(rename = "cf_go_live")]
    pub go_live: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateLine {
    pub name: String,
    pub quantity: f64,
    pub price: f64,
    pub product_id: String,
    pub description: String,
    pub tax: f64,
}
