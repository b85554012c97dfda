#include "remote/device_bench.h"

#include "base/error.h"
#include "base/npy.h"
#include "base/scratch_folder.h"
#include "remote/device_job.h"
#include "remote/rows.h"

namespace nnstretch::remote {

plan::Placing placing_there(const plan::Placing& placing, const DeviceJob& job) {
  plan::Placing there = placing;
  if (placing.machine.empty()) return there;
  job.push(placing.machine, "machine.yaml");
  there.machine = job.path("machine.yaml");
  return there;
}

measure::Timed bench_on(Device& device, const BenchJob& job, const OnStep& on_step) {
  const ScratchFolder scratch;
  BenchJob there = job;
  there.model = device.bring_model(job.model, on_step);
  const DeviceJob at_work(device);
  there.options.placing = placing_there(job.options.placing, at_work);
  const std::string trace = "trace" + job.trace.extension().string();
  if (!job.trace.empty()) there.trace = at_work.path(trace);
  const auto& inputs = job.options.inputs;
  if (!inputs.empty()) {
    write_npy(scratch / "inputs.npy", stacked(inputs, job.input));
    at_work.push(scratch / "inputs.npy", "inputs.npy");
  }
  at_work.run(words_of(there, {at_work.path("inputs.npy"), at_work.path("logits.npy")}),
              job.model.string(), on_step);
  if (!inputs.empty()) at_work.pull("logits.npy", scratch / "logits.npy");
  if (!job.trace.empty()) at_work.pull(trace, job.trace);
  measure::Timed timed = timed_in(at_work.text("out"), scratch / "logits.npy", job);
  timed.result.device = device.facts();
  return timed;
}

void check_placing(Device& device, const plan::Placing& placing) {
  if (plan::options_of(placing).empty()) return;
  const DeviceJob job(device);
  std::vector<plan::Option> options = plan::options_of(placing_there(placing, job));
  options.insert(options.end(), {{"tell_steps", ""}, {"json", "-"}});
  std::vector<std::string> words = plan::words_of(options);
  words.insert(words.begin(), "devices");
  job.run(words, "its processors", {});
}

}  // namespace nnstretch::remote
