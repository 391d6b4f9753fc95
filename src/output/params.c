#include "output.h"

static const struct hc_choice precisions[] = {
    {"float32", 32, "7 digits, half the disk space"}, {"float64", 64, "16 digits, as computed"}, {0}};

static const struct hc_param output_table[] = {
    {"every", HC_REAL, offsetof(struct hc_output_params, every), .unit = "ms", .fallback = "5", .min = 0, .max = 1e9,
     .meaning =
         "Time between two frames of the fields; 0 writes no frames, only the maps (activation, APD) at the end."},
    {"start", HC_REAL, offsetof(struct hc_output_params, start), .unit = "ms", .fallback = "0", .min = 0, .max = 1e12,
     .meaning = "Time of the first frame."},
    {"fields", HC_STRINGS, offsetof(struct hc_output_params, fields), .fallback = "[V]",
     .meaning = "What a frame holds: V, and any state of the cell models by its name."},
    {"precision", HC_CHOICE, offsetof(struct hc_output_params, precision), .fallback = "float32", .choices = precisions,
     .meaning = "Numbers of the frames on disk. Maps and the mesh are always float64."},
    {"compression", HC_INT, offsetof(struct hc_output_params, compression), .fallback = "1", .min = 0, .max = 9,
     .meaning = "Deflate level of the datasets, 0 for none. Higher levels cost time and save little."},
    {0}};

const struct hc_block hc_output_block = {"output", sizeof(struct hc_output_params), output_table,
                                         "Results on disk: results.h5 (VTKHDF) and results.xdmf."};
