// The networks of pycls that have no branches (MODEL.TYPE anynet, resnet, regnet, effnet), as the
// stages and blocks of the section ANYNET, which describes all networks here.
//     const Config net = as_anynet(load("RegNetX-400MF.yaml"));
//     net.anynet.widths;                   // [32, 64, 160, 400]
//     net.where("ANYNET.WIDTHS");          // where REGNET.W0 was set
#pragma once
#include <string_view>

#include "config/config.h"

namespace nnstretch::config {

// Whether the network is one without branches. ConfigError: no MODEL.TYPE that is known.
bool is_plain(const Config& config);

// The same network with its sizes in ANYNET, where they have one number a stage; of mbanynet and
// anynet what stands there. A network without ANYNET.DEVICES is on the device of its stem.
// ConfigError: a MODEL.TYPE that is not known, or numbers that make no network of that type.
Config as_anynet(const Config& config);

// The section in which lists of a network stand: "EN" or "ANYNET".
std::string_view section_of_lists(const Config& config);

}  // namespace nnstretch::config
