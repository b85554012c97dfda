// Both tables together: what a row is, and that none is lost.
#include "pipeline/result_table.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/paths.h"

namespace nnstretch::pipeline {
namespace {

namespace fs = std::filesystem;

class Tables : public ::testing::Test {
 protected:
  // A table of its own each time: the lock is given back in between.
  ResultTable open() const { return ResultTable(csv()); }
  fs::path csv() const { return folder_ / "data" / "result.csv"; }
  std::string rows() const { return read_text(csv()); }
  Json json() const { return Json::parse(read_text(folder_ / "data" / "result.json")); }
  // A configuration that is there.
  fs::path cfg(const std::string& name) const {
    write_atomic(folder_ / name, std::string_view("x"));
    return folder_ / name;
  }
  void SetUp() override { fs::create_directories(folder_ / "data"); }

  const testing::TemporaryFolder folder_;
};

TEST_F(Tables, AConfigurationIsOneRowHoweverItsPathIsWritten) {
  const fs::path net = cfg("nets/a.yaml");
  fs::create_directory_symlink("nets", folder_ / "link");
  fs::create_directory(folder_ / "nets/sub");
  const std::string first = (folder_ / "nets/./a.yaml").string();
  open().put(first, "i", 1, 0, {{"n", 1}});
  for (const fs::path& spelling :
       {net, folder_ / "nets/sub/../a.yaml", folder_ / "link/a.yaml", fs::relative(net)}) {
    EXPECT_TRUE(open().has(spelling, "i")) << spelling;
    EXPECT_EQ(open().name_of(spelling), first);
    open().put(spelling, "i", 2, 0, {{"n", 2}});
    EXPECT_EQ(rows(), "cfg,latency,energy\n" + first + ",2.0,0.0\n");
    EXPECT_EQ(json()["configs"].size(), 1u);
  }
}

TEST_F(Tables, FilesOfOneNameInTwoFoldersAreTwoRows) {
  cfg("a/net.yaml"), cfg("b/net.yaml");
  const fs::path here = fs::current_path();
  for (const char* where : {"a", "b"}) {  // called from there, they are even spelled alike
    fs::current_path(folder_ / where);
    open().put("net.yaml", where, 1, 0, Json::object());
  }
  fs::current_path(here);
  EXPECT_EQ(open().size(), 2u);
  EXPECT_TRUE(open().has(folder_ / "a/net.yaml", "a"));
  EXPECT_TRUE(open().has(folder_ / "b/net.yaml", "b"));
}

TEST_F(Tables, ATreeThatIsMovedKeepsItsRows) {
  cfg("old/net.yaml");
  fs::create_directory(folder_ / "old/data");
  const fs::path here = fs::current_path();
  fs::current_path(folder_ / "old");
  ResultTable("data/result.csv").put("net.yaml", "i", 1, 0, Json::object());
  fs::rename(folder_ / "old", folder_ / "new");
  fs::current_path(folder_ / "new");
  EXPECT_TRUE(ResultTable("data/result.csv").has("net.yaml", "i"));
  EXPECT_TRUE(ResultTable("data/result.csv").has(folder_ / "new/net.yaml", "i"));
  fs::create_directory(folder_ / "moved");  // only the configuration
  fs::rename("net.yaml", folder_ / "moved/net.yaml");
  fs::current_path(folder_ / "moved");
  EXPECT_TRUE(ResultTable("../new/data/result.csv").has("net.yaml", "i"));
  fs::current_path(here);
}

TEST_F(Tables, RowsOfSeveralSpellingsBecomeOne) {  // as versions before this one wrote them
  const std::string a = cfg("a.yaml").string(), b = (folder_ / "./a.yaml").string();
  write_atomic(csv(), "cfg,latency,energy\n" + a + ",1.0,0.0\n" + b + ",2.0,0.0\n");
  open().put(b, "i", 3, 0, Json::object());
  EXPECT_EQ(rows(), "cfg,latency,energy\n" + a + ",3.0,0.0\n");
  EXPECT_NE(read_text(csv().string() + ".old").find(b + ",2.0,0.0,"), std::string::npos);
}

TEST_F(Tables, AFailedConfigurationsRowGoesToTheOldOnesWithTheReason) {
  const fs::path a = cfg("a.yaml"), b = cfg("b.yaml");
  open().put(a, "i", 1, 2, {{"n", 7}});
  open().put(b, "i", 3, 4, Json::object());
  open().retire(a, "it says \"no\",\nagain");
  EXPECT_EQ(rows(), "cfg,latency,energy\n" + b.string() + ",3.0,4.0\n");
  EXPECT_FALSE(json()["configs"].contains(a.string()));
  const auto old = csv::parse(read_text(csv().string() + ".old"), "old").rows;
  ASSERT_EQ(old.size(), 2u);
  EXPECT_EQ(old[0].cells, (std::vector<std::string>{"cfg", "latency", "energy", "reason", "time"}));
  ASSERT_EQ(old[1].cells.size(), 5u);
  EXPECT_EQ(old[1].cells[0], a.string());
  EXPECT_EQ(old[1].cells[1], "1.0");
  EXPECT_EQ(old[1].cells[3], "it says \"no\",\nagain");
  const Json record = Json::parse(read_text(folder_ / "data/result.json.old"));
  EXPECT_EQ(record["record"]["n"], 7);
  open().retire(a, "again");  // it has no row any more
  open().retire(b, "too");
  EXPECT_EQ(csv::parse(read_text(csv().string() + ".old"), "old").rows.size(), 3u);
  EXPECT_EQ(rows(), "cfg,latency,energy\n");
}

TEST_F(Tables, NamesOfAnyBytesAreRowsAndTheTextsAreUtf8) {
  for (const char* name : {"a,b.yaml", "a\nb.yaml", "a\"b'c.yaml", "a\t\x1b[31m.yaml", "#x.yaml",
                           " a .yaml", "a\xff\xfe.yaml", "netz-\xc3\xbc.yaml", "a.yaml\r"}) {
    const fs::path file = cfg(name);
    open().put(file, "i", 1, 0, {{"model", "m\xff.tflite"}});
    EXPECT_TRUE(open().has(file, "i")) << name;
    open().put(file, "j", 2, 0, Json::object());
    EXPECT_TRUE(open().has(file, "j")) << name;
  }
  EXPECT_EQ(open().size(), 9u);
  EXPECT_EQ(json()["configs"].size(), 9u);
  EXPECT_NO_THROW((void)Json(rows()).dump()) << "the table is no UTF-8";
}

TEST_F(Tables, OpeningChangesNothingThatIsThere) {
  const std::string csv_text =
      "\xef\xbb\xbf"
      "cfg;latency;energy;note\r\nX.yaml;3,5;0,0;hot\r\n";
  const std::string json_text = R"({"schema":1,"configs":{},"mine":5})";
  write_atomic(csv(), csv_text);
  write_atomic(folder_ / "data/result.json", json_text);
  EXPECT_EQ(open().size(), 1u);
  EXPECT_EQ(rows(), csv_text);
  EXPECT_EQ(read_text(folder_ / "data/result.json"), json_text);
  open().put(cfg("Y.yaml"), "i", 1, 0, Json::object());
  EXPECT_EQ(rows(), "cfg,latency,energy,note\nX.yaml,3.5,0.0,hot\n" +
                        (folder_ / "Y.yaml").string() + ",1.0,0.0,\n");
  EXPECT_EQ(json()["mine"], 5);
}

TEST_F(Tables, WhatCannotBeUnderstoodStays) {
  const std::string good_csv = "cfg,latency,energy\nX.yaml,1.0,0.0\n", deep(300000, '[');
  for (const auto& [csv_text, json_text] : std::vector<std::pair<std::string, std::string>>{
           {"cfg,latency,energy\nX.yaml,fast,0.0\n", R"({"schema":1,"configs":{}})"},
           {std::string(60, '\0'), R"({"schema":1,"configs":{}})"},
           {good_csv, ""},
           {good_csv, R"({"schema":1,"conf)"},
           {good_csv, std::string(500, '\0')},
           {good_csv, R"({"schema":2,"configs":{}})"},
           {good_csv, R"({"schema":"1","configs":{}})"},
           {good_csv, R"({"schema":1,"configs":[]})"},
           {good_csv, R"({"schema":1,"configs":{"X.yaml":5}})"},
           {good_csv, R"({"schema":1,"configs":{},"models":3})"},
           {good_csv, R"({"configs":{"X.yaml":)" + deep + std::string(300000, ']') + "}}"}}) {
    write_atomic(csv(), csv_text);
    write_atomic(folder_ / "data/result.json", json_text);
    EXPECT_THROW(open(), FormatError) << csv_text << json_text.substr(0, 80);
    EXPECT_EQ(rows(), csv_text);
    EXPECT_EQ(read_text(folder_ / "data/result.json"), json_text);
  }
}

TEST_F(Tables, ARecordOfAnotherShapeHasNoInputs) {
  const std::string a = cfg("a.yaml").string();
  write_atomic(csv(), "cfg,latency,energy\n" + a + ",1.0,0.0\n");
  const Json odd = {{"schema", 1}, {"configs", {{a, {{"inputs", 5}, {"path", {1, 2}}}}}}};
  write_atomic(folder_ / "data/result.json", odd.dump());
  EXPECT_FALSE(open().has(a, ""));
  EXPECT_FALSE(open().has(a, "5"));
}

TEST_F(Tables, RemembersWhatModelFilesHeld) {
  EXPECT_EQ(open().digest_of("a.tflite"), "");
  open().note_digest("a.tflite", "1234");
  EXPECT_EQ(open().digest_of("a.tflite"), "1234");
}

}  // namespace
}  // namespace nnstretch::pipeline
