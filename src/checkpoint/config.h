// Every configuration file of a model folder.
#pragma once

#include "checkpoint/model_index.h"
#include "checkpoint/scheduler_config.h"
#include "checkpoint/text_encoder_config.h"
#include "checkpoint/transformer_config.h"
#include "checkpoint/vae_config.h"
