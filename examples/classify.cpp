// Classifies images on two threads that share one compiled network:
//     classify MODEL.tflite IMAGE...
#include <nnstretch/nnstretch.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

namespace {

struct Job {
  const nnstretch::Model& model;
  const nnstretch::Network& network;
  std::vector<std::filesystem::path> images;
  std::atomic<size_t> next = 0;
  std::mutex printing = {};
};

void print(const std::filesystem::path& image, const std::vector<float>& logits,
           const nnstretch::Timeline& timeline) {
  const size_t best = nnstretch::top(logits, 1).at(0);
  std::printf("%s: class %zu, logit %.3f, %.0f us\n", image.c_str(), best, logits[best],
              timeline.latency_us);
  for (const nnstretch::PartTime& part : timeline.parts)
    std::printf("  %-12s %-8s %8.0f .. %8.0f us\n", part.part.c_str(), part.processor.c_str(),
                part.start_us, part.end_us);
}

void classify(Job& job) {
  nnstretch::Session session(job.network);
  for (size_t i; (i = job.next++) < job.images.size();) try {
      const std::vector<std::byte> pixels = job.model.prepare(job.images[i]);
      std::copy(pixels.begin(), pixels.end(), session.input().begin());
      session.run();
      const auto logits = nnstretch::to_floats(session.output(), job.network.outputs()[0]);
      const std::lock_guard lock(job.printing);
      print(job.images[i], logits, session.timeline());
    } catch (const nnstretch::Error& error) {  // this image; the session stays usable
      std::fprintf(stderr, "%s\n", error.what());
    }
}

}  // namespace

int main(int count, char** arguments) try {
  if (count < 3) return std::fprintf(stderr, "classify MODEL.tflite IMAGE...\n"), 2;
  const auto model = nnstretch::Model::read(arguments[1]);
  const nnstretch::Network network(model);
  for (const nnstretch::Fallback& moved : network.fallbacks())
    std::fprintf(stderr, "%s on %s: %s\n", moved.what.c_str(), moved.ran_on.c_str(),
                 moved.reason.c_str());
  Job job{.model = model, .network = network, .images = {arguments + 2, arguments + count}};
  std::thread other([&] { classify(job); });
  classify(job);
  other.join();
} catch (const nnstretch::Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
