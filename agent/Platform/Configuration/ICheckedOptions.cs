namespace EdgeAgent.Platform.Configuration;

/// <summary>Options with rules over more than one property. Rules of one property stand at the property.</summary>
internal interface ICheckedOptions
{
    /// <param name="section">Where the options stand, such as <c>Queries</c> or <c>Privacy:Recognizers:0</c>.</param>
    /// <returns>A sentence for each rule that is broken: key, values allowed, value found.</returns>
    IEnumerable<string> Problems(string section);
}
