// Timing a model file on another machine, as in a child here (bench_job.h).
#pragma once
#include "remote/bench_job.h"
#include "remote/device.h"
#include "remote/device_job.h"

namespace nnstretch::remote {

// The model and the machine file lie there afterwards or before; the trace comes home. The result
// tells the device. Errors are those of DeviceJob, and those of what it wrote.
measure::Timed bench_on(Device& device, const BenchJob& job, const OnStep& on_step);

// A placing for a job: its machine file goes along, under a name of the job.
plan::Placing placing_there(const plan::Placing& placing, const DeviceJob& job);

// UsageError if such placing fits no network there, as cores that it has not: what `devices` says.
void check_placing(Device& device, const plan::Placing& placing);

}  // namespace nnstretch::remote
