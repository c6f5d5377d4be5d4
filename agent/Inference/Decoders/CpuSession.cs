using System.Globalization;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Graph;
using EdgeAgent.Platform;
using Microsoft.ML.OnnxRuntime;

namespace EdgeAgent.Inference.Decoders;

/// <summary>Sessions on ONNX Runtime's CPU provider: options, and prepared models, which load without being optimized again.</summary>
internal static class CpuSession
{
    private const string Form = "cpu";

    /// <summary>
    /// Options of every session on the CPU. Threads spin while a run lasts, and stop when it returns: a step has hundreds of operators,
    /// and waking a thread for each costs more than the operator of a small student; between steps the cores are left to others.
    /// </summary>
    public static SessionOptions Options(DecoderOptions options)
    {
        _ = OnnxRuntimeLibrary.Environment;
        var session = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            IntraOpNumThreads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        session.AddSessionConfigEntry("session.intra_op.allow_spinning", options.Spinning ? "1" : "0");
        session.AddSessionConfigEntry("session.force_spinning_stop", "1");
        session.AddSessionConfigEntry("session.qdq_matmulnbits_accuracy_level",
            options.AccuracyLevel.ToString(CultureInfo.InvariantCulture));
        return session;
    }

    /// <summary>A session for a bundle: from its prepared model where there is one; else the model is prepared for the next time.</summary>
    /// <exception cref="ModelFileException">ONNX Runtime cannot load the bundle.</exception>
    public static InferenceSession Create(Bundle bundle, DecoderOptions options, int context)
    {
        var graph = CpuDecoderGraph.Generate(bundle, context, options.AllLogits, options.AccuracyLevel);
        if (options.Prepared is not { } store) return Load(bundle, options, graph, null);
        var key = new PreparedKey(PreparedKey.IdentityOf(bundle.Weights), PreparedKey.Hash(graph),
            OnnxRuntimeLibrary.Environment.GetVersionString(), Form, PreparedKey.ThisProcessor, $"accuracy {options.AccuracyLevel}");
        if (store.Find(key) is { } prepared)
        {
            try
            {
                using var session = Options(options);
                session.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL; // it is optimized already
                return new InferenceSession(prepared, session);
            }
            catch (OnnxRuntimeException)
            {
                store.Remove(key);
            }
        }
        if (store.Begin(key) is { } folder)
        {
            try
            {
                var created = Load(bundle, options, graph, folder);
                store.Commit(key);
                return created;
            }
            catch (ModelFileException) // the disk may be full; a student that cannot be loaded says so below
            {
                store.Abandon(key);
            }
        }
        return Load(bundle, options, graph, null);
    }

    /// <param name="folder">Where the prepared model is written; null: nowhere.</param>
    private static InferenceSession Load(Bundle bundle, DecoderOptions options, byte[] graph, string? folder)
    {
        using var session = Options(options);
        session.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", bundle.Directory);
        if (folder is not null)
        {
            session.OptimizedModelFilePath = Path.Combine(folder, PreparedStore.GraphFile);
            session.AddSessionConfigEntry("session.optimized_model_external_initializers_file_name", PreparedStore.WeightsFile);
        }
        try
        {
            return new InferenceSession(graph, session);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFileException(bundle.Directory, "a student ONNX Runtime can load", e.Message, e);
        }
    }
}
