//! The offer of a load to phones that still boot: which files are served for it, and what the log says.

use std::net::Ipv4Addr;

use bytes::Bytes;

use crate::catalog::Catalog;
use crate::firmware::configuration::{ConfigurationError, Device, for_all, for_phone};
use crate::fleet::Listed;
use crate::journal::{Event, ServedLoad};

/// To whom the load is offered by configuration.
#[derive(Debug, Clone, Default)]
pub struct ByConfiguration {
    /// To these alone; to every phone that asks if there is none.
    pub phones: Vec<Listed>,
}

impl ByConfiguration {
    /// The files to serve beside the loads, and the record of it.
    pub(super) fn make(
        &self,
        catalog: &Catalog,
        loads: &[ServedLoad],
        laptop: Ipv4Addr,
    ) -> Result<(Vec<(String, Bytes)>, Event), ConfigurationError> {
        let device = |model: &crate::catalog::Model| Device {
            model: model.model.clone(),
            family: model.family.clone(),
            number: model.device_number.value,
        };
        let made = if self.phones.is_empty() {
            let devices: Vec<Device> = catalog.models().iter().map(device).collect();
            vec![for_all(loads, &devices, laptop)?]
        } else {
            let of = |listed: &Listed| {
                let mac = listed.mac;
                let known = match &listed.model {
                    None => None,
                    Some(name) => {
                        let model = name.clone();
                        let found = catalog.model(name);
                        Some(device(found.ok_or(ConfigurationError::NotAModel { mac, model })?))
                    }
                };
                for_phone(mac, known.as_ref(), loads, laptop)
            };
            self.phones.iter().map(of).collect::<Result<_, _>>()?
        };
        let files = made.iter().map(|made| made.name.clone()).collect();
        let phones = self.phones.iter().map(|listed| listed.mac).collect();
        let files_made = made.into_iter().map(|made| (made.name, made.octets)).collect();
        Ok((files_made, Event::ConfigurationOffered { phones, files }))
    }
}
