// nnstretch profile: points of branches on a machine, for predict and search.
#include "pipeline/profile.h"

#include <memory>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"

namespace nnstretch::cli {
namespace {

struct Options {
  pipeline::ProfileOptions profile;
  std::filesystem::path costs;
  std::vector<std::string> roles = {"cpu", "dsp"};
  plan::Placing placing;
};

void profile(const Options& options, const plan::Surroundings& here) {
  const auto done =
      options.costs.empty()
          ? pipeline::profile_here(options.profile, options.roles, options.placing, here)
          : pipeline::profile_from_costs(options.profile, options.costs);
  log::info("{}: {} points, {} of them new", options.profile.out.string(), done.known + done.added,
            done.added);
}

}  // namespace

void add_profile(CLI::App& app, const plan::Surroundings& here) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("profile", "Points of branches on a machine, for predict and search");
  auto& profile_options = options->profile;
  command->add_option("--net", profile_options.nets, "plain networks that are to be stretched")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--include", profile_options.includes,
                   "configurations whose depths and widths are timed, too")
      ->type_name("FILE");
  command->add_option("--im_size", profile_options.im_size, "input pixels (default: TRAIN.IM_SIZE)")
      ->check(CLI::Range(1, 8192));
  command->add_option("--out", profile_options.out, "profile to begin or to go on with")
      ->type_name("FILE")
      ->capture_default_str();
  command->add_flag("--force", profile_options.force,
                    "go on with a profile of another machine, or of other engine versions");
  command
      ->add_option(
          "--from_costs", options->costs,
          "make the points of per-operator costs, such as costs/mi.yaml, in place of timing")
      ->type_name("FILE");
  command->add_option("--roles", options->roles, "that this machine's processors play")
      ->type_name("ROLE,...")
      ->delimiter(',')
      ->capture_default_str();
  add_placing(*command, options->placing);
  command->footer(
      "Example:\n  nnstretch profile --net configs/mi/R-34-C.yaml --machine machine.yaml\n"
      "  nnstretch profile --net configs/mi/R-34-C.yaml --from_costs costs/mi.yaml --out "
      "mi.jsonl");
  command->callback([options, &here] { profile(*options, here); });
}

}  // namespace nnstretch::cli
