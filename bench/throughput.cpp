// Requests a second by the number in flight, and where processors stand still:
//     throughput MODEL [ROUNDS]
// Each round measures every row once, in turn: the network in parts with 1, 2, 3, 4, 6 and 8
// requests in flight, the whole network on the first core, and one whole network on every core at
// the same time (what the cores give at most). Prints JSON: the minima of the time that a request
// takes over all rounds, in microseconds. `bench/sessions` makes a table of it.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "measure/bench.h"
#include "pipeline/network.h"
#include "report/fields.h"
#include "runtime/session.h"
#include "runtime/stream.h"

using namespace nnstretch;

namespace {

constexpr int kRequests = 30;

struct Row {
  std::string name;
  double us = std::numeric_limits<double>::infinity();  // a request
  double busy = 0;  // share of the processors' time, in the best round
};

std::unique_ptr<runtime::Session> whole_on(const ir::Model& model, int core,
                                           const plan::Surroundings& here) {
  engines::Processor one{.name = fmt::format("core{}", core), .role = "cpu", .cores = {core}};
  return std::make_unique<runtime::Session>(
      runtime::compile(plan::make_whole_plan(model, one), here));
}

double all_at_once(const std::vector<std::unique_ptr<runtime::Session>>& sessions) {
  const double begin = now_us();
  std::vector<std::thread> threads;
  for (const auto& session : sessions)
    threads.emplace_back([&] {
      for (int i = 0; i < kRequests; ++i) session->run();
    });
  for (std::thread& thread : threads) thread.join();
  return (now_us() - begin) / (kRequests * static_cast<double>(sessions.size()));
}

// Parts of many requests in flight, and how long processors worked on them.
class InFlight {
 public:
  InFlight(std::shared_ptr<const runtime::CompiledPlan> plan, size_t count)
      : stream_(plan, count, [this](const runtime::Answer& answer) {
          answer.output();
          for (const auto& part : answer.timeline().parts) busy_us_ += part.run();
        }) {}
  double measure(Row& row) {
    const std::vector<std::byte> input(
        stream_.plan().buffers[stream_.plan().inputs[0]].type.bytes());
    busy_us_ = 0;
    const double begin = now_us();
    for (int i = 0; i < kRequests; ++i) stream_.submit(input);
    stream_.wait_all();
    const double all = now_us() - begin;
    if (all / kRequests < row.us)
      row.busy = busy_us_ / all / static_cast<double>(stream_.plan().processors.size());
    return all / kRequests;
  }

 private:
  double busy_us_ = 0;
  runtime::Stream stream_;  // last: it ends before what its answers go to
};

void print(const std::vector<Row>& rows) {
  Json json = {{"rows", Json::array()},
               {"context", to_json(measure::context_of(plan::this_process()))}};
  for (const Row& row : rows)
    json["rows"].push_back({{"what", row.name}, {"us", row.us}, {"busy", row.busy}});
  fmt::print("{}\n", json.dump(1));
}

void run(const std::string& file, int rounds) {
  const ir::Model model = pipeline::read_network(file);
  const plan::Surroundings here = plan::this_process();
  const auto plan = runtime::compile(plan::plan_for(model, {}, here), here);
  std::vector<Row> rows;
  std::vector<std::unique_ptr<runtime::Session>> wholes;
  for (const auto& processor : plan->plan().processors)
    for (const int core : processor.cores) wholes.push_back(whole_on(model, core, here));
  rows.push_back({"whole network, one core"});
  rows.push_back({"whole network on each core at once"});
  std::vector<std::pair<size_t, std::unique_ptr<InFlight>>> streams;
  for (const size_t count : {1, 2, 3, 4, 6, 8}) {
    streams.emplace_back(count, std::make_unique<InFlight>(plan, count));
    rows.push_back({fmt::format("parts, {} in flight", count)});
  }
  // Where nothing is known of the cores, none are alike, and each keeps its roles.
  plan::Surroundings unlike = here;
  unlike.topology = {};
  const auto fixed = runtime::compile(plan->plan(), unlike);
  streams.emplace_back(4, std::make_unique<InFlight>(fixed, 4));
  rows.push_back({"parts, 4 in flight, each core its own roles"});
  for (int round = 0; round <= rounds; ++round) {
    std::vector<double> us;
    const double begin = now_us();
    for (int i = 0; i < kRequests; ++i) wholes.at(0)->run();
    us.push_back((now_us() - begin) / kRequests);
    us.push_back(all_at_once(wholes));
    for (size_t i = 0; i < streams.size(); ++i)
      us.push_back(streams[i].second->measure(rows[i + 2]));
    if (round > 0)  // the first warms up
      for (size_t i = 0; i < rows.size(); ++i) rows[i].us = std::min(rows[i].us, us[i]);
  }
  print(rows);
}

}  // namespace

int main(int count, char** arguments) try {
  if (count < 2) return fmt::print(stderr, "throughput MODEL [ROUNDS]\n"), 2;
  run(arguments[1], count > 2 ? std::stoi(arguments[2]) : 5);
} catch (const Error& error) {
  return fmt::print(stderr, "{}\n", error.what()), 1;
}
