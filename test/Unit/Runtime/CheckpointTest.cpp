//===- CheckpointTest.cpp - Tests of weights, checkpoints and resumption --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainerFixture.h"
#include "keel/Runtime/Evaluate.h"

#include <fcntl.h>
#include <regex>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace keel::test;

namespace {

class Checkpoint : public TrainerFixture {
protected:
  void SetUp() override {
    TrainerFixture::SetUp();
    openClasses(44); // six batches, the last of four rows
    output = path("w.safetensors");
  }
  std::string output;
};

/// At every step of three epochs: stopping there and resuming gives the bits
/// of never stopping.
TEST_F(Checkpoint, ResumeIsBitIdenticalAtEveryStep) {
  options.epochs = 3;
  options.standardize = 1;
  options.validation_fraction = 0.1;
  ASSERT_EQ(train(), 0) << message();
  std::string whole = bits();
  double loss = report.train_loss;
  for (int64_t step = 1; step < report.steps; ++step) {
    options.output = output.c_str();
    options.resume = nullptr;
    options.steps = step;
    ASSERT_EQ(train(), 0) << message();
    options.steps = 0;
    options.resume = output.c_str();
    options.output = nullptr;
    ASSERT_EQ(train(), 0) << message();
    ASSERT_EQ(bits(), whole) << "stopped after step " << step;
    ASSERT_EQ(report.train_loss, loss);
  }
}

/// Where the run stands is said by plain numbers of which more can be counted.
TEST_F(Checkpoint, NumbersThatDoNotCountAreRefused) {
  options.steps = 4;
  options.output = output.c_str();
  ASSERT_EQ(train(), 0) << message();
  keel_safetensors file = {};
  ASSERT_EQ(keel_safetensors_open(output.c_str(), &file, &error), 0);
  std::string changed = path("changed.safetensors");
  options.output = nullptr;
  options.resume = changed.c_str();
  options.steps = 8;
  for (const char *key : {"step", "epoch", "shuffle_position", "stale_epochs"})
    for (const char *value :
         {" -5", "-5", "+1", "", "1x", "9223372036854775807", "1e3", "44"}) {
      SCOPED_TRACE(std::string(key) + " = '" + value + "'");
      std::vector<keel_key_value> metadata(file.metadata,
                                           file.metadata + file.num_metadata);
      for (keel_key_value &pair : metadata)
        if (!strcmp(pair.key, key))
          pair.value = value;
      ASSERT_EQ(keel_safetensors_write(changed.c_str(), file.tensors,
                                       file.num_tensors, metadata.data(),
                                       (int64_t)metadata.size(), &error),
                0);
      bool counts = !strcmp(value, "44") && strcmp(key, "shuffle_position");
      ASSERT_EQ(train() == 0, counts) << message();
      if (!counts)
        EXPECT_NE(message().find("does not say where the run stands"),
                  std::string::npos);
    }
  keel_safetensors_close(&file);
}

TEST_F(Checkpoint, ResumeWithAccumulationAndBest) {
  options.epochs = 4;
  options.accumulate = 2;
  options.keep_best = 1;
  options.validation_fraction = 0.2;
  ASSERT_EQ(train(), 0) << message();
  std::string whole = bits();
  options.output = output.c_str();
  options.checkpoint_every = 1;
  // The last of the checkpoints written along the way, of a run that is killed.
  static std::string path;
  path = output;
  options.on_step = [](void *, const keel_step_record *record, keel_text *) {
    if (record->step == 8)
      std::filesystem::copy_file(path, path + ".killed");
  };
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(bits(), whole);
  options.on_step = nullptr;
  std::string killed = output + ".killed";
  options.resume = killed.c_str();
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(bits(), whole);
}

TEST_F(Checkpoint, HoldsThePinnedNamesAndMetadata) {
  options.output = output.c_str();
  options.seed = 42;
  options.steps = 8;
  static const char *const names[] = {"red", "green", "blue"};
  options.class_names = names;
  options.num_class_names = 3;
  keel_key_value extra = {"license", "none"};
  options.metadata = &extra;
  options.num_metadata = 1;
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(files(), 2u); // the data and the checkpoint, nothing temporary
  keel_safetensors file;
  ASSERT_EQ(keel_safetensors_open(output.c_str(), &file, &error), 0);
  for (const char *name :
       {"fc.weight", "fc.bias", "seen.mean", "optimizer/momentum/fc.weight"})
    EXPECT_NE(keel_safetensors_find(&file, name), nullptr) << name;
  const std::pair<const char *, const char *> expected[] = {
      {"step", "8"},          {"epoch", "1"},
      {"seed", "42"},         {"shuffle_position", "16"},
      {"model_hash", "0123"}, {"standardized", "false"},
      {"license", "none"},    {"format_version", "1"}};
  for (auto [key, value] : expected)
    EXPECT_STREQ(keel_safetensors_metadata(&file, key), value) << key;
  keel_class_names classes;
  ASSERT_EQ(keel_class_names_read(&file, "w", &classes, &error), 0);
  ASSERT_EQ(classes.count, 3);
  EXPECT_STREQ(classes.names[2], "blue");
  keel_class_names_free(&classes);
  keel_safetensors_close(&file);
}

TEST_F(Checkpoint, RefusesAnotherModelAndOtherSettings) {
  options.output = output.c_str();
  ASSERT_EQ(train(), 0);
  options.resume = output.c_str();
  options.model_hash = "4567";
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(), "w.safetensors: error: is a checkpoint of another "
                       "model: its hash is '0123', that of 'classifier' is "
                       "'4567'; the tensors are the same, the ops or their "
                       "settings are not");
  const keel_tensor *slots = model.slots;
  keel_tensor other_slots[] = {slots[0], slots[1]};
  other_slots[1].name = "optimizer/m/fc.bias";
  model.slots = other_slots;
  EXPECT_NE(train(), 0);
  EXPECT_NE(message().find("'4567'; these tensors are missing or different:\n"
                           "  optimizer/m/fc.bias: expected f32 [3], missing"),
            std::string::npos)
      << message();
  model.slots = slots;
  options.model_hash = "0123";
  options.batch_size = 4;
  options.seed = 9;
  options.epochs = 7;
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(),
            "w.safetensors: error: a resumed run keeps its settings, but for "
            "epochs, steps and outputs; these differ:\n"
            "  batch_size: the checkpoint has 8, now 4\n"
            "  seed: the checkpoint has 0, now 9");
  options.batch_size = 8;
  options.seed = 0;
  keel_dataset other = {};
  open(model, write("other.csv", csv(44, true, 5)), &other);
  options.data = &other;
  EXPECT_NE(train(), 0);
  EXPECT_NE(message().find("data_hash"), std::string::npos);
  keel_dataset_free(&other);
}

TEST_F(Checkpoint, WeightsStartAFreshRun) {
  options.output = output.c_str();
  options.steps = 5;
  ASSERT_EQ(train(), 0);
  std::string trained((char *)weights.params, (size_t)model.params_bytes);
  options.output = nullptr;
  options.weights = output.c_str();
  options.steps = 0;
  options.epochs = 0;
  options.seed = 77;
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(std::string((char *)weights.params, (size_t)model.params_bytes),
            trained);
  auto *slots = (Classifier::Params *)weights.slots;
  EXPECT_EQ(slots->bias[0], 0.0f);
  EXPECT_EQ(report.steps, 0);
}

TEST_F(Checkpoint, WeightsOfAnotherModelAreRefusedWhole) {
  model = Regression::model();
  keel_dataset line = {};
  open(model, write("line.csv", csv(9, false)), &line);
  options.data = &line;
  options.output = output.c_str();
  ASSERT_EQ(train(), 0) << message();
  keel_dataset_free(&line);
  model = Classifier::model();
  options.data = &data;
  options.weights = output.c_str();
  std::string next = path("next.safetensors");
  options.output = next.c_str();
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(),
            "w.safetensors: error: these are not the weights of model "
            "'classifier', 2 tensors are missing or different:\n"
            "  fc.weight: expected f32 [2, 3], F32 [2, 1]\n"
            "  fc.bias: expected f32 [3], F32 [1]");
  EXPECT_FALSE(std::filesystem::exists(next));
  EXPECT_EQ(weights.params, nullptr);
}

TEST_F(Checkpoint, MissingAndExtraTensors) {
  keel_weights initial = {}, loaded = {};
  ASSERT_EQ(keel_init_weights(&model, &context, 3, &initial, &error), 0);
  keel_model partial = model;
  partial.num_states = 1; // without the input's statistics
  ASSERT_EQ(
      keel_save_weights(&partial, &initial, output.c_str(), nullptr, 0, &error),
      0);
  ASSERT_EQ(keel_init_weights(&model, &context, 4, &loaded, &error), 0);
  keel_error note;
  EXPECT_NE(keel_load_weights(&model, output.c_str(), &loaded, nullptr, &note,
                              &error),
            0);
  EXPECT_EQ(message(),
            "w.safetensors: error: these are not the weights of model "
            "'classifier', 2 tensors are missing or different:\n"
            "  input.mean: expected f32 [2], missing\n"
            "  input.variance: expected f32 [2], missing");
  int32_t statistics = 1;
  EXPECT_EQ(keel_load_weights(&model, output.c_str(), &loaded, &statistics,
                              &note, &error),
            0);
  EXPECT_EQ(statistics, 0);
  EXPECT_EQ(memcmp(initial.params, loaded.params, (size_t)model.params_bytes),
            0);
  EXPECT_STREQ(note.message, "");
  partial.num_params = 1;
  EXPECT_EQ(keel_load_weights(&partial, output.c_str(), &loaded, nullptr, &note,
                              &error),
            0);
  EXPECT_STREQ(note.message,
               "1 tensor that the model does not have is ignored: 'fc.bias'");
  keel_weights_free(&initial);
  keel_weights_free(&loaded);
}

TEST_F(Checkpoint, DamagedCheckpointsAreRefusedWithoutACrash) {
  options.output = output.c_str();
  options.steps = 7;
  ASSERT_EQ(train(), 0);
  std::string bytes = read(output);
  options.output = nullptr;
  options.steps = 8;
  size_t failed = damage("d.safetensors", bytes, [&](const std::string &path) {
    options.resume = path.c_str();
    return train();
  });
  EXPECT_EQ(failed, bytes.size());
}

TEST_F(Checkpoint, TheOneBeforeIsKeptAndTakenWhereTheLastIsBroken) {
  options.epochs = 3;
  ASSERT_EQ(train(), 0) << message();
  std::string whole = bits();
  options.output = output.c_str();
  options.checkpoint_every = 4;
  options.epochs = 2;
  ASSERT_EQ(train(), 0) << message();
  std::string previous = output + KEEL_PREVIOUS;
  keel_safetensors file;
  ASSERT_EQ(keel_safetensors_open(previous.c_str(), &file, &error), 0);
  // After step 12 the last one on the way, and the finished one in its place.
  EXPECT_STREQ(keel_safetensors_metadata(&file, "step"), "12");
  keel_safetensors_close(&file);
  EXPECT_EQ(files(), 3u); // with the data, nothing temporary

  std::string broken = read(output);
  write("w.safetensors", broken.substr(0, broken.size() / 2));
  options.epochs = 3;
  options.resume = output.c_str();
  testing::internal::CaptureStderr();
  ASSERT_EQ(train(), 0) << message();
  std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("going on from the one before"), said.npos) << said;
  EXPECT_EQ(bits(), whole);
}

TEST_F(Checkpoint, AFlippedBitIsBroken) {
  options.output = output.c_str();
  options.checkpoint_every = 4;
  ASSERT_EQ(train(), 0) << message();
  std::string bytes = read(output);
  bytes.back() = (char)(bytes.back() ^ 0x10);
  write("w.safetensors", bytes);
  options.epochs = 3;
  options.resume = output.c_str();
  testing::internal::CaptureStderr();
  ASSERT_EQ(train(), 0) << message();
  std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find(" is damaged: "), said.npos) << said;
  EXPECT_NE(said.find("going on from the one before"), said.npos) << said;
}

TEST_F(Checkpoint, ADeadWritersFileIsRemovedALivingOnesIsNot) {
  options.output = output.c_str();
  write("w.safetensors.1-0.tmp", "half");
  write("w.safetensors.1-0.tmp.previous", "half");
  write("w.safetensors.1-x.tmp", "another's");
  std::string living = write("w.safetensors.2-0.tmp", "half");
  int descriptor = ::open(living.c_str(), O_RDONLY);
  ASSERT_EQ(flock(descriptor, LOCK_EX), 0);
  ASSERT_EQ(train(), 0) << message();
  ::close(descriptor);
  EXPECT_FALSE(std::filesystem::exists(path("w.safetensors.1-0.tmp")));
  EXPECT_FALSE(std::filesystem::exists(path("w.safetensors.1-0.tmp.previous")));
  EXPECT_TRUE(std::filesystem::exists(path("w.safetensors.1-x.tmp")));
  EXPECT_TRUE(std::filesystem::exists(living));
}

/// Lines of a log without the one number that is a time.
static std::vector<std::string> untimed(const std::string &text) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(std::regex_replace(
        line, std::regex("\"samples_per_second\": [^,}]*"), ""));
  return lines;
}

TEST_F(Checkpoint, AResumedLogReadsAsIfTheRunHadNeverStopped) {
  std::string log = path("run.jsonl");
  options.log = log.c_str();
  options.output = output.c_str();
  options.checkpoint_every = 4;
  options.epochs = 3;
  ASSERT_EQ(train(), 0) << message();
  std::string whole = read(log);

  // Killed in the second epoch, with steps and half a line after the last
  // checkpoint.
  options.on_step = [](void *, const keel_step_record *record, keel_text *) {
    if (record->step == 8)
      raise(SIGINT);
  };
  ASSERT_EQ(train(), 0) << message();
  options.on_step = nullptr;
  size_t later = 0;
  for (int line = 0; line < 13; ++line)
    later = whole.find('\n', later) + 1;
  write("run.jsonl", whole.substr(0, later + 20));
  options.resume = output.c_str();
  ASSERT_EQ(train(), 0) << message();
  EXPECT_EQ(untimed(read(log)), untimed(whole));
}

TEST_F(Checkpoint, AnotherRunsLogIsNotTouched) {
  std::string log = path("run.jsonl");
  options.log = log.c_str();
  options.seed = 5;
  ASSERT_EQ(train(), 0) << message();
  std::string before = read(log);
  options.log = nullptr;
  options.seed = 6;
  options.output = output.c_str();
  ASSERT_EQ(train(), 0) << message();
  options.resume = output.c_str();
  options.log = log.c_str();
  options.epochs = 2;
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(), "run.jsonl:1: error: this is not the log of the resumed "
                       "run: its 'seed' is another; name a new file");
  EXPECT_EQ(read(log), before);
  write("run.jsonl", "no log\n");
  EXPECT_NE(train(), 0);
  EXPECT_EQ(message(),
            "run.jsonl:1: error: is no line of a log; name a new file");
}

TEST_F(Checkpoint, AFullDiskLeavesTheOldOneWhole) {
  options.output = output.c_str();
  options.checkpoint_every = 4;
  options.epochs = 3;
  rlimit before, limit;
  getrlimit(RLIMIT_FSIZE, &before);
  static rlimit tight;
  tight = before;
  tight.rlim_cur = 100;
  options.on_step = [](void *, const keel_step_record *record, keel_text *) {
    if (record->step == 10)
      setrlimit(RLIMIT_FSIZE, &tight);
  };
  int failed = train();
  limit = before;
  setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_NE(failed, 0);
  EXPECT_EQ(message(),
            "w.safetensors: error: cannot be written: file too large; the "
            "checkpoint of step 8 before it is whole: go on with "
            "--resume=w.safetensors");
  EXPECT_EQ(files(), 3u); // the data, two checkpoints, nothing temporary
  keel_safetensors file;
  ASSERT_EQ(keel_safetensors_open(output.c_str(), &file, &error), 0);
  EXPECT_STREQ(keel_safetensors_metadata(&file, "step"), "8");
  keel_safetensors_close(&file);
}

} // namespace
