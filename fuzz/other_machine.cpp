// What another machine says of itself, and the line that its commands end with.
#include "harness.h"
#include "measure/machine_state.h"
#include "measure/odpm.h"
#include "remote/end_line.h"
#include "remote/hello.h"

using namespace nnstretch;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  (void)remote::properties_in(text);
  (void)remote::release_in(text);
  if (const auto bytes = remote::free_bytes_in(text))
    fuzz::promise(*bytes >= 0 && *bytes % 1024 == 0, "free space is so many blocks");
  if (const auto rails = measure::odpm_rails_in(text))
    for (const measure::OdpmRail& rail : *rails)
      fuzz::promise(rail.microjoules >= 0 && !rail.name.empty(), "a rail has a name and a sum");
  if (const auto status = measure::thermal_status_in(text))
    fuzz::promise(!status->empty() && *status != "none", "heat has a name");
  if (const auto end = remote::end_in(text)) {
    fuzz::promise((end->signal == 0) != (end->status == 0) || end->well(), "one way to end");
    fuzz::promise(end->signal >= 0 && end->signal <= 64 && end->status >= 0 && end->status < 256,
                  "codes and signals are those of a shell");
  }
  remote::Hello hello;
  if (!fuzz::accepts([&] { hello = remote::hello_in(text, "fuzz"); })) return 0;
  for (const std::string& name : hello.pushed)
    fuzz::promise(!name.empty() && !name.ends_with(".part") && name.find('\n') == name.npos,
                  "what is pushed is whole and has a name");
  if (hello.device.battery_percent)
    fuzz::promise(*hello.device.battery_percent >= 0 && *hello.device.battery_percent <= 100,
                  "a battery is full at most");
  return 0;
}
