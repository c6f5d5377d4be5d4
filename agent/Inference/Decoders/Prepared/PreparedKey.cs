using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text;
using EdgeAgent.Bundles.Safetensors;

namespace EdgeAgent.Inference.Decoders.Prepared;

/// <summary>
/// Everything a prepared model depends on. A prepared model serves under the same key only: another student, graph, ONNX Runtime, processor
/// or option has another one.
/// </summary>
/// <param name="Weights">Identity of the weights file (<see cref="IdentityOf"/>).</param>
/// <param name="Graph">Hash of the generated graph: generator version, shapes and options are in it.</param>
/// <param name="Runtime">Version of ONNX Runtime.</param>
/// <param name="Form">Name of the decoder form.</param>
/// <param name="Processor">Architecture and vector instructions: the graph is optimized for the kernels they have.</param>
/// <param name="Options">Session options that change what is computed.</param>
internal sealed record PreparedKey(string Weights, string Graph, string Runtime, string Form, string Processor, string Options)
{
    private const int Samples = 64, SampleBytes = 4096;

    /// <summary>Name of the folder, 32 hexadecimal digits.</summary>
    public string Folder() => Hash(Encoding.UTF8.GetBytes(ToString()));

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(XxHash128.Hash(bytes));

    /// <summary>This machine's architecture and the vector instructions that ONNX Runtime chooses its kernels by.</summary>
    public static string ThisProcessor
    {
        get
        {
            (string Name, bool Has)[] features = [("avx2", Avx2.IsSupported), ("avx512", Avx512BW.IsSupported),
                ("vnni", AvxVnni.IsSupported), ("dotprod", Dp.IsSupported)];
            return string.Join('+', features.Where(f => f.Has).Select(f => f.Name)
                .Prepend(RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()));
        }
    }

    /// <summary>
    /// Identity of a weights file: its size, its time of change, its header, and samples spread over it. Cheap, so that a start does not
    /// read the file twice; a file that is replaced has another one.
    /// </summary>
    public static string IdentityOf(SafetensorsFile weights)
    {
        var hash = new XxHash128();
        var info = new FileInfo(weights.Path);
        hash.Append(MemoryMarshal.AsBytes<long>([info.Length, info.LastWriteTimeUtc.Ticks]));
        foreach (var entry in weights.Entries.Values.OrderBy(e => e.Offset))
        {
            hash.Append(Encoding.UTF8.GetBytes($"{entry.Name} {entry.Type} {string.Join(',', entry.Shape)} {entry.Offset}\n"));
        }
        var entries = weights.Entries.Values.Where(e => e.Length > 0).OrderBy(e => e.Offset).ToArray();
        for (var i = 0; i < Samples && entries.Length > 0; i++)
        {
            var entry = entries[(int)((long)i * entries.Length / Samples)];
            hash.Append(weights.Bytes(entry, 0, (int)Math.Min(SampleBytes, entry.Length)));
        }
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
