// Several ranks on one computer: this program, started once for each.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace nnstretch::train {

// Starts `world` processes of this program; arguments_of(rank) are theirs, without the program's
// name. Waits for all. When one fails, the others have ten seconds to say so themselves and are
// ended then. TrainError naming the first that failed, and how. They end when this process does.
void launch_ranks(int world, const std::function<std::vector<std::string>(int rank)>& arguments_of);

}  // namespace nnstretch::train
