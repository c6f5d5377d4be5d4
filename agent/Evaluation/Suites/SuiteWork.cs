using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>
/// The work folder of a suite and a student: <c>recipe.json</c> says how the student was asked, and <c>outputs.jsonl</c> keeps every
/// answer as it came. A run that was killed goes on where it ended; a last line that was cut is asked again. Safe for concurrent use.
/// </summary>
internal sealed class SuiteWork : IDisposable
{
    public const string OutputsName = "outputs.jsonl", RecipeName = "recipe.json";

    private readonly Lock _lock = new();
    private readonly FileStream _file;
    private readonly Dictionary<string, SuiteOutput> _outputs = new(StringComparer.Ordinal);

    private SuiteWork(string folder, FileStream file) => (Folder, _file) = (folder, file);

    public string Folder { get; }

    /// <summary>Outputs that an earlier run kept.</summary>
    public int Kept { get; private init; }

    /// <exception cref="IOException">The folder cannot be used, or another run uses it.</exception>
    /// <exception cref="FormatException">It holds the outputs of another recipe.</exception>
    public static SuiteWork Open(string folder, JsonObject recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, RecipeName);
        var text = recipe.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        if (File.Exists(path) && TextFile.ReadAllText(path) != text)
            throw new FormatException($"{folder} holds outputs of another student, suite or way to ask: expected the {RecipeName} of this "
                + "run; found another one. Name another folder with --work, or start again with --fresh");
        DurableFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        var file = new FileStream(Path.Combine(folder, OutputsName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            var outputs = Read(file);
            var work = new SuiteWork(folder, file) { Kept = outputs.Count };
            foreach (var output in outputs) work._outputs[output.Id] = output;
            return work;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What has been kept so far, by item.</summary>
    public IReadOnlyDictionary<string, SuiteOutput> Outputs
    {
        get { lock (_lock) return new Dictionary<string, SuiteOutput>(_outputs, StringComparer.Ordinal); }
    }

    public void Add(SuiteOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var line = Encoding.UTF8.GetBytes(output.ToLine() + "\n");
        lock (_lock)
        {
            _file.Write(line);
            _file.Flush(); // a killed run loses nothing; a power cut loses the last seconds, which are asked again
            _outputs[output.Id] = output;
        }
    }

    /// <summary>The whole lines; what is behind the last one is cut off.</summary>
    private static List<SuiteOutput> Read(FileStream file)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var outputs = new List<SuiteOutput>();
        var good = 0;
        for (int end; (end = Array.IndexOf(bytes, (byte)'\n', good)) >= 0; good = end + 1)
        {
            if (SuiteOutput.Parse(Encoding.UTF8.GetString(bytes, good, end - good)) is not { } output) break;
            outputs.Add(output);
        }
        if (good < bytes.Length) file.SetLength(good);
        file.Position = good;
        return outputs;
    }

    public void Dispose() => _file.Dispose();
}
