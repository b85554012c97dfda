#include "report/quantisation.h"

#include <algorithm>

namespace nnstretch::quantize {

template <class Io>
void fields(Io& io, Fidelity& fidelity) {
  io("images", fidelity.images);
  io("median", fidelity.median);
  io("worst", fidelity.worst);
  io("wrong_image", fidelity.wrong_image);
  io("top1_agreement", fidelity.top1_agreement);
  io("snr_db", fidelity.snr_db);
}

template <class Io>
void fields(Io& io, FloatBlock& block) {
  io("name", block.name);
  io("fidelity", block.fidelity);
  io("extra_bytes", block.extra_bytes);
}

template <class Io>
void fields(Io& io, LayerError& layer) {
  io("node", layer.node);
  io("op", layer.op);
  io("sqnr_db", layer.sqnr_db);
  io("clipped", layer.clipped);
}

}  // namespace nnstretch::quantize

namespace nnstretch::report {

template <class Io>
void fields(Io& io, MixedLatency& latency) {
  io("int8", latency.int8);
  io("mixed", latency.mixed);
}

template <class Io>
void fields(Io& io, QuantisationResult& result) {
  io.schema(1);
  io("observer", result.observer);
  io("images_tried", result.images_tried);
  io("equalised_pairs", result.equalised_pairs);
  io("fidelity", result.fidelity);
  io("tried", result.tried);
  io("float_blocks", result.float_blocks);
  io("layers", result.layers);
  io.if_any("latency_us", result.latency_us);
}

namespace {

void add_choices(Page& page, const QuantisationResult& result) {
  if (!result.tried.empty())
    page.line("observers, median centred correlation of {} held-out images", result.images_tried);
  for (const auto& [name, fidelity] : result.tried)
    page.line("  {:<12} {:.4f}{}", name, fidelity.median, name == result.observer ? "  kept" : "");
  for (const auto& block : result.float_blocks)
    page.line("float block {:<16} median {:.4f}, {:.2f} dB, {:.2f} MB more", block.name,
              block.fidelity.median, block.fidelity.snr_db,
              static_cast<double>(block.extra_bytes) / 1e6);
  if (result.equalised_pairs)
    page.line("{} pairs of convolutions equalised", result.equalised_pairs);
}

}  // namespace

Report report_of(const QuantisationResult& result) {
  Report report{.page = {}, .json = nnstretch::to_json(result)};
  Page& page = report.page;
  add_choices(page, result);
  const auto& f = result.fidelity;
  page.line("int8 against float, {} images that calibration has not seen", f.images);
  page.line("  centred correlation of logits   median {:.4f}, worst {:.4f}", f.median, f.worst);
  page.line("  signal to noise of logits       {:.2f} dB", f.snr_db);
  page.line("  against the wrong image         median {:.4f}", f.wrong_image);
  page.line("  same class first                {:.0f} %", 100 * f.top1_agreement);
  page.line("  worst layers (signal to quantisation noise, share of clipped values)");
  for (size_t i = 0; i < std::min<size_t>(3, result.layers.size()); ++i)
    page.line("    {:<32} {:<10} {:5.1f} dB {:8.4f} %", result.layers[i].node, result.layers[i].op,
              result.layers[i].sqnr_db, 100 * result.layers[i].clipped);
  if (result.latency_us)
    page.line("  latency, fastest of 20           int8 {:.0f} us, mixed {:.0f} us",
              result.latency_us->int8, result.latency_us->mixed);
  return report;
}

QuantisationResult quantisation_from_json(const Json& json, const std::string& where) {
  return value_from<QuantisationResult>(json, where);
}

}  // namespace nnstretch::report
