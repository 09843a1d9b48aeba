# The two commands: `make demo` and `make test`. Both set everything up first.
# Choose another torch with TORCH=<pip requirement | wheel | LibTorch folder>, for example TORCH=torch==2.11.0
# (by default torch 2.13.0, as a CPU build where there is no NVIDIA GPU).
TORCH  ?=
PRESET ?= release
# What test-gpu and measure-gpu run on.
DEVICE ?= cuda:0
BUILD   = $(if $(filter release,$(PRESET)),build,build-$(PRESET))

.PHONY: all setup configure build programs test demo bench bench-gpu diffusers bench-decode_speed bench-budgets bench-memory bench-side_by_side bench-case bench-serve test-gpu measure-gpu test-clients test-crash test-soak test-leaks test-fullsize asan tsan fuzz format clean
all: programs

setup:
	@tools/setup.sh "$(TORCH)"

configure: setup
	@cmp -s .venv-torch $(BUILD)/torch-folder || fresh=--fresh; \
	cmake $$fresh --preset $(PRESET) -DCMAKE_PREFIX_PATH="$$(cat .venv-torch)" $(CMAKE_ARGS) >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
	@cp .venv-torch $(BUILD)/torch-folder

build: configure
	cmake --build $(BUILD)

programs: configure
	cmake --build $(BUILD) --target clipmill clipmill-worker clipmill-command

# Two tests at a time, each with half of the cores; threads that wait for each other should sleep, not spin.
test: build
	OMP_NUM_THREADS=$$(( ($$(nproc) + 1) / 2 )) OMP_WAIT_POLICY=passive ctest --test-dir $(BUILD) --output-on-failure --parallel 2

# The engine's modules, whole clips and training on the GPU itself; fails where there is none.
test-gpu: build
	CLIPMILL_TEST_DEVICE=$(DEVICE) ctest --test-dir $(BUILD) --output-on-failure -R '^(vram|model|stages|train|pipeline_parity_test)$$'

# Seconds, memory and differences from the CPU, as tables.
measure-gpu: programs
	cmake --build $(BUILD) --target make_checkpoint
	tests/gpu/measure.py $(BUILD) --device $(DEVICE)

# Clients against the daemon: OpenAI's for Python and Node in their current releases, curl, and requests made from its
# OpenAPI document. In environments of their own, since nothing else needs them.
test-clients: programs
	cmp -s tests/clients/requirements.txt .venv-clients/ready || { python3 -m venv .venv-clients && \
	  .venv-clients/bin/pip install --quiet -r tests/clients/requirements.txt && cp tests/clients/requirements.txt .venv-clients/ready; }
	command -v npm >/dev/null || { echo "test-clients: node and npm are missing: apt-get install nodejs npm" >&2; exit 1; }
	cd tests/clients && npm ci --silent
	.venv-clients/bin/python -W ignore::DeprecationWarning tests/openai_videos.py . $(BUILD)
	tests/dashboard/run.sh . $(BUILD)
	tests/clients/node_test.py . $(BUILD)
	tests/clients/curl_test.py . $(BUILD)
	.venv-clients/bin/python tests/clients/schemathesis_test.py . $(BUILD)

demo: programs
	tools/demo.sh $(BUILD)

test-fullsize: programs
	tests/fullsize/run.sh $(BUILD)

# 500 kills of daemon and workers, and 5,000 power cuts on a simulated disk; the test suite does fewer of both.
test-crash: programs
	tests/crash/crash_test.py $(BUILD) --kills 500
	cmake --build $(BUILD) --target power_loss_test
	CLIPMILL_CUTS=5000 CLIPMILL_WORKLOADS=4 $(BUILD)/power_loss_test

# A thousand clips: not one is to leave anything, and nothing grows.
test-leaks: programs
	$(BUILD)/clipmill leaks --model models/shapes --prompt "a red circle" --size 32x32 --frames 5 --steps 1 --times 1000

# Half an hour of short jobs and busy clients: memory, descriptors and threads stay as they are, and nothing is lost.
test-soak: programs
	tests/soak/soak.py $(BUILD)

asan:
	$(MAKE) test PRESET=asan

tsan:
	$(MAKE) test PRESET=tsan

bench-schedule: configure
	cmake --build $(BUILD) --target bench_schedule bench_open_stream bench_balance bench_scale bench_pipeline
	for table in schedule open_stream balance scale pipeline; do $(BUILD)/bench_$$table; done

# Memory and speed, one table after the other: about an hour. bench-case takes longer and stands alone.
bench: diffusers bench-side_by_side bench-transformer_speed bench-decode_speed bench-decode_memory bench-budgets bench-memory

diffusers:
	@test -n "$(CLIPMILL_DIFFUSERS_PYTHON)" || { echo "set CLIPMILL_DIFFUSERS_PYTHON to a Python with tests/parity/requirements.txt" >&2; exit 2; }

bench-gpu: measure-gpu
	bench/budgets.py $(BUILD) --model shapes --device $(DEVICE)

bench-decode_speed: configure diffusers
	cmake --build $(BUILD) --target bench_decode_speed
	$(CLIPMILL_DIFFUSERS_PYTHON) bench/decode_speed.py $(BUILD)/bench_decode_speed

# Beside Diffusers: CLIPMILL_DIFFUSERS_PYTHON names a Python that has it.
bench-budgets bench-memory bench-side_by_side bench-case bench-serve: programs
	bench/$(@:bench-%=%).py $(BUILD)

bench-%: configure
	cmake --build $(BUILD) --target bench_$*
	$(BUILD)/bench_$*

fuzz: setup
	tools/fuzz.sh

format:
	git ls-files '*.h' '*.cpp' | xargs clang-format -i

clean:
	rm -rf build build-*
