using EdgeAgent.Bundles;
using EdgeAgent.Evaluation;
using EdgeAgent.Knowledge;
using EdgeAgent.Platform;
using EdgeAgent.Updates;

namespace EdgeAgent.Hosting;

/// <summary>
/// Asks a library the golden questions that came with it: a suite of <c>eval --suite docs</c>. A question counts where the documents'
/// lines have its facts, or where a question that none answers is refused. A library without such questions passes.
/// </summary>
internal sealed class LibraryProbe(KnowledgeOptions options) : IBundleProbe
{
    public Task<ProbeReport> ProbeAsync(string directory, string? golden, CancellationToken cancellationToken) =>
        Task.Run(() => Probe(directory, golden ?? Path.Combine(directory, Bundle.GoldenFileName)), cancellationToken);

    private ProbeReport Probe(string directory, string golden)
    {
        try
        {
            var library = LibraryArtefact.Open(directory);
            if (!File.Exists(golden)) return new ProbeReport();
            var questions = DocsSuite.Load(golden);
            var scores = DocsScores.Measure(library, questions, options);
            return new ProbeReport
            {
                Golden = questions.Count,
                GoldenRight = scores.AnswersRight.Hits + scores.UnanswerableRefused.Hits
            };
        }
        catch (ModelFileException e)
        {
            return new ProbeReport { Failure = e.Message };
        }
    }
}
