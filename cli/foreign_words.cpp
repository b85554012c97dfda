#include "cli/foreign_words.h"

#include <algorithm>

namespace nnstretch::cli {
namespace {

constexpr std::string_view kLite = "benchmark_model", kVino = "benchmark_app",
                           kPycls = "run_net.py";
constexpr std::string_view kPlaces =
    "--engine names who computes, --machine a file with processors";
constexpr std::string_view kInput = "bench times with zeros; give --inputs FILE.npy for others";
constexpr std::string_view kSize = "the network says it; --im_size for a configuration";
constexpr std::string_view kAlways = "that is always told: leave it out";
constexpr std::string_view kRuns = "runs are counted: --num_runs";
constexpr std::string_view kNothing = "there is nothing like it: leave it out";

constexpr ForeignWord kWords[] = {
    {"--graph", kLite, "--model FILE"},
    {"--input_layer", kLite, kSize},
    {"--input_layer_shape", kLite, kSize},
    {"--input_layer_value_range", kLite, kInput},
    {"--input_layer_value_files", kLite, kInput},
    {"--min_secs", kLite, kRuns},
    {"--max_secs", kLite, kRuns},
    {"--warmup_min_secs", kLite, "warm-up runs are counted: --warmup_runs"},
    {"--run_delay", kLite, kNothing},
    {"--run_frequency", kLite, kNothing},
    {"--use_xnnpack", kLite, kPlaces},
    {"--use_gpu", kLite, kPlaces},
    {"--use_nnapi", kLite, kPlaces},
    {"--use_hexagon", kLite, kPlaces},
    {"--use_coreml", kLite, kPlaces},
    {"--gpu_backend", kLite, kPlaces},
    {"--gpu_precision_loss_allowed", kLite, "--arithmetic"},
    {"--allow_fp16", kLite, "--arithmetic"},
    {"--hexagon_powersave_level", kLite, "TEST.POWERSAVE_LEVEL of a configuration"},
    {"--hexagon_lib_path", kLite, "libraries beside the program of --benchmark_model are used"},
    {"--hexagon_profiling", kLite, "--operators"},
    {"--max_delegated_partitions", kLite, kNothing},
    {"--min_nodes_per_partition", kLite, kNothing},
    {"--external_delegate_path", kLite, kPlaces},
    {"--external_delegate_options", kLite, kPlaces},
    {"--require_full_delegation", kLite, "--strict"},
    {"--enable_op_profiling", kLite, "--operators"},
    {"--op_profiling_output_mode", kLite, "--format"},
    {"--op_profiling_output_file", kLite, "--json FILE"},
    {"--max_profiling_buffer_entries", kLite, kNothing},
    {"--allow_dynamic_profiling_buffer_increase", kLite, kNothing},
    {"--profiling_output_csv_file", kLite, "--operators --format csv"},
    {"--report_peak_memory_footprint", kLite, "resident_bytes of --json"},
    {"--memory_footprint_check_interval_ms", kLite, "resident_bytes of --json"},
    {"--print_preinvoke_state", kLite, kNothing},
    {"--print_postinvoke_state", kLite, kNothing},
    {"--release_dynamic_tensors", kLite, kNothing},
    {"--optimize_memory_for_large_tensors", kLite, kNothing},
    {"--disable_delegate_clustering", kLite, kNothing},
    {"--enable_builtin_cast_constant_cache", kLite, kNothing},
    {"--use_caching", kLite, kNothing},
    {"--output_filepath", kLite, "--logits FILE.npy"},
    {"--output_prefix", kLite, kNothing},
    {"--tensor_name_display_length", kLite, kNothing},
    {"--tensor_type_display_length", kLite, kNothing},
    {"--alloc_type_display_length", kLite, kNothing},
    {"--signature_to_run_for", kLite, kNothing},
    {"--list_signatures", kLite, kNothing},
    {"--delegate_serialize_dir", kLite, "$XDG_CACHE_HOME is where caches lie"},
    {"--delegate_serialize_token", kLite, kNothing},
    {"--dry_run", kLite, "`nnstretch inspect FILE`"},
    {"--verbose", kLite, kAlways},
    {"--help_verbose", kLite, "--help"},
    {"-m", kVino, "--model FILE"},
    {"-i", kVino, kInput},
    {"-d", kVino, kPlaces},
    {"-niter", kVino, "--num_runs"},
    {"-t", kVino, kRuns},
    {"-nireq", kVino, "--requests"},
    {"-nstreams", kVino, "--requests"},
    {"-hint", kVino, "latency is what is timed; --requests N for throughput"},
    {"-api", kVino, "--requests N for throughput"},
    {"-b", kVino, "networks take one picture; --requests N for several at a time"},
    {"-nthreads", kVino, "--num_threads"},
    {"-pin", kVino, "--core_affinity"},
    {"-infer_precision", kVino, "--arithmetic"},
    {"-pc", kVino, "--operators"},
    {"-pcsort", kVino, "--operators"},
    {"-pcseq", kVino, "--operators"},
    {"-latency_percentile", kVino, "--json has p50, p90 and p99"},
    {"-report_type", kVino, "--json FILE"},
    {"-report_folder", kVino, "--json FILE"},
    {"-json_stats", kVino, "--json FILE"},
    {"-exec_graph_path", kVino, "`nnstretch inspect FILE --ops`"},
    {"-shape", kVino, kSize},
    {"-data_shape", kVino, kSize},
    {"-layout", kVino, kSize},
    {"-ip", kVino, "--inputs takes values as the network stores them"},
    {"-op", kVino, "--logits writes values as the network stores them"},
    {"-iop", kVino, kNothing},
    {"-mean_values", kVino, "--mean, of pixels in 0..1"},
    {"-scale_values", kVino, "--std, of pixels in 0..1"},
    {"-cache_dir", kVino, "$XDG_CACHE_HOME is where caches lie"},
    {"-load_config", kVino, "--machine FILE"},
    {"-dump_config", kVino, "`nnstretch devices --write FILE`"},
    {"-c", kVino, kPlaces},
    {"--mode", kPycls, "the mode is the command: nnstretch info, train, test, bench"},
};

}  // namespace

std::optional<ForeignWord> foreign_word(std::string_view word) {
  const auto found = std::ranges::find(kWords, word, &ForeignWord::word);
  return found == std::end(kWords) ? std::nullopt : std::optional(*found);
}

}  // namespace nnstretch::cli
